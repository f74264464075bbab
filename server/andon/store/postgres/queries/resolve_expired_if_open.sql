-- They are found by their ids: `coalesce` keeps the planner from the index of all that are open.
WITH open AS (
  SELECT id FROM decision WHERE id = ANY (:decision_ids::text[]) AND coalesce(outcome, 0) = 0
  ORDER BY id
  FOR NO KEY UPDATE
)
UPDATE decision d SET outcome = :outcome, resolved_by = :resolved_by, resolve_time = :now, comment = ''
FROM open
WHERE d.id = open.id
