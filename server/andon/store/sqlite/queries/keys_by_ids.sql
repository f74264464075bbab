SELECT id, subject, wrapped FROM subject_key WHERE id IN (SELECT value FROM json_each(:ids))
