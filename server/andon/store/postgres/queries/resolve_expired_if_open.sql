WITH open AS (
  SELECT id FROM decision WHERE id = ANY (:decision_ids::text[]) AND outcome IS NULL ORDER BY id FOR NO KEY UPDATE
)
UPDATE decision d SET outcome = :outcome, resolved_by = :resolved_by, resolve_time = :now, comment = ''
FROM open
WHERE d.id = open.id
