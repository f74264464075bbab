SELECT w.rank, w.expire_time, w.id, w.sequence
FROM lane l
CROSS JOIN task w ON w.sequence IN (
  SELECT q.sequence FROM task q
  WHERE q.state = $WAITING AND q.lane = l.id AND (q.rank, q.expire_time, q.id) > (:rank, :expire_time, :id)
    $covered
  ORDER BY q.rank, q.expire_time, q.id
  LIMIT :limit
)
WHERE :queues IS NULL OR l.queue IN (SELECT value FROM json_each(:queues))
ORDER BY 1, 2, 3
LIMIT :limit
