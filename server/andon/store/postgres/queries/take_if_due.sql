WITH due AS (
  SELECT id AS due_id FROM delivery
  WHERE subscription = :subscription AND state = 1 AND next_time <= :now
  ORDER BY next_time, id
  LIMIT :limit
  FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE delivery SET token = :token, next_time = :until, attempts = attempts + 1
FROM due
WHERE id = due.due_id
RETURNING $columns_delivery
