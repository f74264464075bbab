SELECT id, subject, wrapped FROM subject_key WHERE subject IN (SELECT value FROM json_each(:subjects))
