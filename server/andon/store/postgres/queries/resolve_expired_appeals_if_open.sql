-- No timeout approves what can't be undone, what somebody has not approved, or what was routed by other policies than
-- those in force, whatever the policy says. That is read from the seats that have just expired: one that was judged
-- keeps the plan of that moment.
UPDATE appeal a SET outcome = :outcome, resolved_by = :resolved_by, resolve_time = :now, comment = '',
  timeout_default = (
    SELECT min($timeout_default)
    FROM task t JOIN work_plan w ON w.id = t.plan JOIN decision d ON d.id = t.decision_id
    WHERE t.decision_id = a.decision_id AND t.level = a.level AND t.state = $to_expire
  )
WHERE (a.decision_id, a.level) IN (SELECT t.decision_id, t.level FROM task t WHERE t.id = ANY (:ids::text[]))
  AND a.outcome IS NULL
