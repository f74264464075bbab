-- What a decision refers to stays.
DELETE FROM subject_key
WHERE subject IN (SELECT value FROM json_each(:subjects)) AND subject <> ''
  AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.data_key = subject_key.id)
