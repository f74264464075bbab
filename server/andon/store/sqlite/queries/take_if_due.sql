UPDATE delivery SET token = :token, next_time = :until, attempts = attempts + 1
WHERE id IN (
  SELECT id FROM delivery
  WHERE subscription = :subscription AND state = 1 AND next_time <= :now
  ORDER BY next_time, id
  LIMIT :limit
)
RETURNING $columns_delivery
