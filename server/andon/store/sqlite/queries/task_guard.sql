SELECT t.state, t.holder, t.token, t.lease_expire_time, t.submitter, d.payload_hash, t.escalation_lane
FROM task t JOIN decision d ON d.sequence = t.decision_sequence
WHERE t.id = :task_id
