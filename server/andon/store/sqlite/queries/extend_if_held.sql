-- seats: the open tasks of the decision and level, each with the moment of its next rung. One that has no rungs any
-- more gets none. The decision's deadline is read from its first task: closed, it goes on following the others.
UPDATE task SET
  expire_time = task.expire_time + :by,
  extensions = task.extensions + (task.state $OPEN),
  climb_time = iif(task.climb_time IS NULL, NULL, e.climb_time)
FROM (
  SELECT json_extract(value, '$$[0]') AS id, json_extract(value, '$$[1]') AS climb_time FROM json_each(:seats)
) e
WHERE task.id = e.id AND EXISTS (
  SELECT 1 FROM task h
  WHERE h.id = :task_id AND h.state $from_renew
    AND h.holder = :holder AND h.token = :token AND h.lease_expire_time > :now
)
