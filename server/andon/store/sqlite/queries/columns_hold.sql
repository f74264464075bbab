sequence, id, decision_id, subject, action, reason, principal, create_time, release_time
