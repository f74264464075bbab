-- Of the states an escalation may start from, only a lease has a holder.
UPDATE task SET
  state = $to_escalate,
  lane = escalation_lane,
  enter_time = :now::bigint,
  expire_time = :now::bigint + escalation_deadline,
  aging_time = :now::bigint,
  escalations = escalations + 1,
  escalation_lane = NULL,
  escalation_deadline = NULL,
  holder = NULL, token = NULL, lease_time = NULL, lease_expire_time = NULL
WHERE id = :task_id AND state $from_escalate AND escalation_lane IS NOT NULL
  AND holder = :holder AND token = :token AND lease_expire_time > :now::bigint
RETURNING id
