SELECT name FROM subscription WHERE name IN (SELECT value FROM json_each(:names)) AND cursor = :after
