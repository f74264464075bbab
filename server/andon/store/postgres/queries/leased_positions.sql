SELECT t.rank, t.expire_time, t.id
FROM task t
WHERE t.state = $LEASED AND (t.rank, t.expire_time, t.id) > (:rank::bigint, :expire_time, :id)
  AND (:queues::text[] IS NULL OR t.lane IN (SELECT id FROM lane WHERE queue = ANY (:queues)))
ORDER BY 1, 2, 3
LIMIT :limit
