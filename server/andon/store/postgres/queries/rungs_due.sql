-- What another server is at is left to it.
SELECT id FROM task
WHERE state $from_escalate AND climb_time <= :now AND expire_time > :now
ORDER BY climb_time, id
LIMIT :limit
FOR NO KEY UPDATE SKIP LOCKED
