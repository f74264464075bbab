DELETE FROM delivery WHERE id IN (
  SELECT id FROM delivery WHERE state = 2 AND settle_time < :delivered
  UNION ALL
  SELECT id FROM delivery WHERE time < :ended
  LIMIT :limit
)
RETURNING id
