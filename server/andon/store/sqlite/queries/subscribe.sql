INSERT INTO subscription (name, cursor)
SELECT value, :cursor FROM json_each(:names) WHERE true
ON CONFLICT (name) DO NOTHING
