SELECT q.rank, q.expire_time, q.id, q.sequence
FROM task q
WHERE q.state = $LEASED AND (q.rank, q.expire_time, q.id) > (:rank, :expire_time, :id)
  AND (:queues IS NULL
    OR q.lane IN (SELECT id FROM lane WHERE queue IN (SELECT value FROM json_each(:queues))))
  $covered
ORDER BY 1, 2, 3
LIMIT :limit
