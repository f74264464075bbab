-- The key of a subject that nothing is left of, and that nobody holds.
DELETE FROM subject_key WHERE subject = :subject AND subject <> ''
  AND NOT EXISTS (SELECT FROM decision d WHERE d.data_key = subject_key.id)
  AND NOT EXISTS (SELECT FROM earlier_proposal e WHERE e.data_key = subject_key.id)
  AND NOT EXISTS (SELECT FROM legal_hold h WHERE h.subject = subject_key.subject AND h.release_time IS NULL)
RETURNING id
