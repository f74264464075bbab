SELECT q.rank, q.expire_time, q.id
FROM task q
WHERE q.state = $LEASED AND (q.rank, q.expire_time, q.id) > (:rank::bigint, :expire_time, :id)
  AND (:queues::text[] IS NULL OR q.lane IN (SELECT id FROM lane WHERE queue = ANY (:queues)))
  $covered
ORDER BY 1, 2, 3
LIMIT :limit
