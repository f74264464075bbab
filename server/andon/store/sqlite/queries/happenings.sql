-- Nothing is read of what callers submitted or people wrote but names, so nothing of it can be told.
SELECT n.sequence, n.time, n.kind, n.actor, n.body, d.id, d.action, d.submitter, d.route, d.reasons, d.model_name,
  d.model_version, d.create_time, t.id, t.kind, l.queue, t.expire_time,
  n.decision_id AS decision_id
FROM ledger n
LEFT JOIN decision d ON d.id = n.decision_id
LEFT JOIN task t ON t.id = n.task_id
LEFT JOIN lane l ON l.id = t.lane
WHERE n.sequence > :after AND n.sequence <= :upto AND n.kind IN (SELECT value FROM json_each(:kinds))
  AND (n.kind <> 'decision.submitted' OR n.task_id <> '' OR instr(n.body, '"outcome":"BLOCKED"') > 0)
ORDER BY n.sequence
