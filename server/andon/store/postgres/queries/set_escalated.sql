-- What an escalation makes of a task, by its deadline or by whoever held it.
state = $to_escalate,
lane = escalation_lane,
enter_time = :now::bigint,
expire_time = :now::bigint + escalation_deadline,
aging_time = :now::bigint,
escalations = escalations + 1,
escalation_lane = NULL,
escalation_deadline = NULL,
climb_time = NULL,
holder = NULL, token = NULL, lease_time = NULL, lease_expire_time = NULL
