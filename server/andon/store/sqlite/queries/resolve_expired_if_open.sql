-- No timeout approves what can't be undone, what somebody has not approved, or what was routed by other policies than
-- those in force, whatever the policy says. That is read from the seats that have just expired: one that was judged
-- keeps the plan of that moment.
UPDATE decision AS d SET outcome = :outcome, resolved_by = :resolved_by, resolve_time = :now, comment = '',
  timeout_default = (
    SELECT min($timeout_default) FROM task t JOIN work_plan w ON w.id = t.plan
    WHERE t.decision_sequence = d.sequence AND t.level = 0 AND t.state = $to_expire
  )
WHERE sequence IN (
    SELECT decision_sequence FROM task WHERE sequence IN (SELECT value FROM json_each(:sequences))
  )
  AND outcome IS NULL
