-- No timeout approves what can't be undone, what somebody has not approved, or what was routed by other policies than
-- those in force, whatever the policy says. That is read from the seats that have just expired: one that was judged
-- keeps the plan of that moment.
UPDATE appeal AS a SET outcome = :outcome, resolved_by = :resolved_by, resolve_time = :now, comment = '',
  timeout_default = (
    SELECT min($timeout_default)
    FROM task t JOIN work_plan w ON w.id = t.plan JOIN decision d ON d.sequence = t.decision_sequence
    WHERE t.decision_sequence = a.decision_sequence AND t.level = a.level AND t.state = $to_expire
  )
WHERE (decision_sequence, level) IN (
    SELECT t.decision_sequence, t.level FROM task t WHERE t.sequence IN (SELECT value FROM json_each(:sequences))
  )
  AND outcome IS NULL
