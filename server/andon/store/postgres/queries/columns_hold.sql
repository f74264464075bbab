sequence, id, decision_id, subject, action, reason AS hold_reason, principal, create_time, release_time
