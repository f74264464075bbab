-- Locked before tasks and decisions, as everywhere.
SELECT request_id FROM request
WHERE kind <> 1 AND subject IN (
  SELECT unnest(:ids::text[])
  UNION ALL
  SELECT t.id FROM task t WHERE t.decision_id = ANY (:ids::text[])
)
ORDER BY principal, kind, request_id
FOR NO KEY UPDATE
