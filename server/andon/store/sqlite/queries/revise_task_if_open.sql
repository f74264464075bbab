-- The queue stays, and so the time since when it is there. A task that was to climb and does not any more, because it has
-- been escalated, does not begin again.
UPDATE task SET
  lane = :lane, rank = :rank, escalation_lane = :escalation_lane,
  schema = :schema, presentation = :presentation, plan = :plan,
  climb_time = iif(plan IS :plan OR :climbed AND climb_time IS NULL, climb_time, :climb_time), term = :term
WHERE id = :task_id AND state $OPEN
