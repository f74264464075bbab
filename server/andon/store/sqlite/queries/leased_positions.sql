SELECT t.rank, t.expire_time, t.id, t.sequence
FROM task t
WHERE t.state = $LEASED AND (t.rank, t.expire_time, t.id) > (:rank, :expire_time, :id)
  AND (:queues IS NULL
    OR t.lane IN (SELECT id FROM lane WHERE queue IN (SELECT value FROM json_each(:queues))))
ORDER BY 1, 2, 3
LIMIT :limit
