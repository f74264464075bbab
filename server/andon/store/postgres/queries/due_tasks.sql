-- What another server is at is left to it.
SELECT t.id, coalesce(t.holder, ''), l.queue, t.escalation_lane IS NOT NULL, t.decision_id, t.level
FROM task t JOIN lane l ON l.id = t.lane
WHERE t.state $from_expire AND t.expire_time <= :now
ORDER BY t.expire_time, t.id
LIMIT :limit
FOR NO KEY UPDATE OF t SKIP LOCKED
