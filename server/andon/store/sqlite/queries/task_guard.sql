SELECT t.state, t.holder, t.token, t.lease_expire_time, t.submitter, d.payload_hash, p.body, t.on_behalf_of,
  EXISTS (SELECT 1 FROM barred b WHERE b.decision_sequence = t.decision_sequence AND b.principal = t.holder)
FROM task t
JOIN decision d ON d.sequence = t.decision_sequence
LEFT JOIN presentation p ON p.id = t.presentation
WHERE t.id = :task_id
