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
WHERE sequence IN (SELECT value FROM json_each(:sequences))
  AND state $from_escalate AND expire_time <= :now AND escalation_lane IS NOT NULL
