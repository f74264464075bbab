-- The next ones that may be erased: ended, also with their appeals, and not held.
SELECT d.id FROM decision d
WHERE d.erase_time IS NULL AND d.outcome IS NOT NULL $filter
  AND NOT EXISTS (SELECT FROM task o WHERE o.decision_id = d.id AND o.state $OPEN)
  AND NOT $held
ORDER BY d.sequence LIMIT :limit
