-- The ids are the open tasks of the decision and level, each with the moment of its next rung. One that has no rungs
-- any more gets none. The decision's deadline is read from its first task: closed, it goes on following the others.
UPDATE task SET
  expire_time = task.expire_time + :by::bigint,
  extensions = task.extensions + (task.state $OPEN)::integer,
  climb_time = CASE WHEN task.climb_time IS NOT NULL THEN e.climb_time END
FROM unnest(:ids::text[], :climb_times::bigint[]) AS e (id, climb_time)
WHERE task.id = e.id AND EXISTS (
  SELECT FROM task h
  WHERE h.id = :task_id AND h.state $from_renew
    AND h.holder = :holder AND h.token = :token AND h.lease_expire_time > :now
)
RETURNING task.id
