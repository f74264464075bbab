-- A rung that moves a task takes it from its holder, as an escalation does.
UPDATE task SET
  rung = task.rung + 1,
  climb_time = c.climb_time,
  rank = least(task.rank, c.rank),
  lane = coalesce(c.lane, task.lane),
  state = CASE WHEN c.moves THEN $to_escalate ELSE task.state END,
  enter_time = CASE WHEN c.moves THEN :now::bigint ELSE task.enter_time END,
  aging_time = CASE WHEN c.moves THEN :now::bigint ELSE task.aging_time END,
  escalations = task.escalations + c.moves::integer,
  holder = CASE WHEN NOT c.moves THEN task.holder END,
  token = CASE WHEN NOT c.moves THEN task.token END,
  lease_time = CASE WHEN NOT c.moves THEN task.lease_time END,
  lease_expire_time = CASE WHEN NOT c.moves THEN task.lease_expire_time END
FROM unnest(
  :ids::text[], :rungs::integer[], :ranks::integer[], :lanes::bigint[], :climb_times::bigint[], :moves::boolean[]
) AS c (id, rung, rank, lane, climb_time, moves)
WHERE task.id = c.id AND task.rung = c.rung
  AND task.state $from_escalate AND task.climb_time <= :now::bigint AND task.expire_time > :now::bigint
