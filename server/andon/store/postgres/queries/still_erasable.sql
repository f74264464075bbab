-- Those of them that may be erased now that nobody else changes them.
SELECT d.id, d.attributes, d.subject FROM decision d
WHERE d.id = ANY (:ids::text[]) AND d.erase_time IS NULL AND d.outcome IS NOT NULL $filter
  AND NOT EXISTS (SELECT FROM task o WHERE o.decision_id = d.id AND o.state $OPEN)
  AND NOT $held
ORDER BY d.sequence
