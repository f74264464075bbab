-- Of the states an escalation may start from, only a lease has a holder.
UPDATE task SET
  state = $to_escalate,
  lane = escalation_lane,
  enter_time = :now,
  expire_time = :now + escalation_deadline,
  aging_time = :now,
  escalations = escalations + 1,
  escalation_lane = NULL,
  escalation_deadline = NULL,
  climb_time = NULL,
  holder = NULL, token = NULL, lease_time = NULL, lease_expire_time = NULL
WHERE id = :task_id AND state $from_escalate AND escalation_lane IS NOT NULL
  AND holder = :holder AND token = :token AND lease_expire_time > :now
RETURNING sequence
