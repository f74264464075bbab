SELECT name, cursor FROM subscription WHERE name IN (SELECT value FROM json_each(:names))
