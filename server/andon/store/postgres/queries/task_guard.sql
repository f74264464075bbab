SELECT t.state, t.holder, t.token, t.lease_expire_time, t.submitter, d.payload_hash, p.body, t.on_behalf_of,
  EXISTS (SELECT FROM barred b WHERE b.decision_id = t.decision_id AND b.principal = t.holder)
FROM task t
JOIN decision d ON d.id = t.decision_id
LEFT JOIN presentation p ON p.id = t.presentation
WHERE t.id = :task_id
