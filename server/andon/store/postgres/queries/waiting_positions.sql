-- At most :limit entries of each lane's index are read.
SELECT w.rank, w.expire_time, w.id
FROM lane l CROSS JOIN LATERAL (
  SELECT q.rank, q.expire_time, q.id FROM task q
  WHERE q.state = $WAITING AND q.lane = l.id AND (q.rank, q.expire_time, q.id) > (:rank::bigint, :expire_time, :id)
    $covered
  ORDER BY q.rank, q.expire_time, q.id
  LIMIT :limit
) w
WHERE :queues::text[] IS NULL OR l.queue = ANY (:queues)
ORDER BY 1, 2, 3
LIMIT :limit
