UPDATE subscription SET cursor = :upto WHERE name IN (SELECT value FROM json_each(:names))
