-- The next ones that may be erased: ended, also with their appeals, and not held.
SELECT d.sequence, d.id, d.attributes, d.subject FROM decision d
WHERE d.erase_time IS NULL AND d.outcome IS NOT NULL $filter
  AND NOT EXISTS (SELECT 1 FROM task o WHERE o.decision_sequence = d.sequence AND o.state $OPEN)
  AND NOT $held
ORDER BY d.sequence LIMIT :limit
