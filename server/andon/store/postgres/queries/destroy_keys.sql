-- What a decision refers to stays.
DELETE FROM subject_key
WHERE subject = ANY (:subjects::text[]) AND subject <> ''
  AND NOT EXISTS (SELECT FROM decision d WHERE d.data_key = subject_key.id)
RETURNING id
