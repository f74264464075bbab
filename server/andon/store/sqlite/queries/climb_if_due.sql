-- A rung that moves a task takes it from its holder, as an escalation does.
UPDATE task SET
  rung = task.rung + 1,
  climb_time = c.climb_time,
  rank = min(task.rank, c.rank),
  lane = ifnull(c.lane, task.lane),
  state = iif(c.moves, $to_escalate, task.state),
  enter_time = iif(c.moves, :now, task.enter_time),
  aging_time = iif(c.moves, :now, task.aging_time),
  escalations = task.escalations + c.moves,
  holder = iif(c.moves, NULL, task.holder),
  token = iif(c.moves, NULL, task.token),
  lease_time = iif(c.moves, NULL, task.lease_time),
  lease_expire_time = iif(c.moves, NULL, task.lease_expire_time)
FROM (
  SELECT json_extract(value, '$$[0]') AS sequence, json_extract(value, '$$[1]') AS rung,
    json_extract(value, '$$[2]') AS rank, json_extract(value, '$$[3]') AS lane,
    json_extract(value, '$$[4]') AS climb_time, json_extract(value, '$$[5]') AS moves
  FROM json_each(:climbs)
) c
WHERE task.sequence = c.sequence AND task.rung = c.rung
  AND task.state $from_escalate AND task.climb_time <= :now AND task.expire_time > :now
