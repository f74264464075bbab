-- No timeout approves what can't be undone, what somebody has not approved, or what was routed by other policies than
-- those in force, whatever the policy says. That is read from the seats that have just expired: one that was judged
-- keeps the plan of that moment.
-- PostgreSQL reads no JSON with a U+0000.
-- They are found by their ids: `coalesce` keeps the planner from the index of all that are open.
WITH open AS (
  SELECT id FROM decision WHERE id = ANY (:decision_ids::text[]) AND coalesce(outcome, 0) = 0
  ORDER BY id
  FOR NO KEY UPDATE
)
UPDATE decision d SET outcome = :outcome, resolved_by = :resolved_by, resolve_time = :now, comment = '',
  timeout_default = (
    SELECT min($timeout_default) FROM task t JOIN work_plan w ON w.id = t.plan
    WHERE t.decision_id = d.id AND t.level = 0 AND t.state = $to_expire
  )
FROM open
WHERE d.id = open.id
