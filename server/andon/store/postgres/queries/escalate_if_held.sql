-- Of the states an escalation may start from, only a lease has a holder. Whoever hands a task on has passed on its
-- decision.
WITH escalated AS (
  UPDATE task SET
    $set_escalated
  WHERE id = :task_id AND state $from_escalate AND escalation_lane IS NOT NULL
    AND holder = :holder AND token = :token AND lease_expire_time > :now::bigint
  RETURNING id, decision_id
), passed AS (
  INSERT INTO barred (decision_id, principal, why) SELECT decision_id, :holder, 2 FROM escalated
  ON CONFLICT DO NOTHING
)
SELECT id FROM escalated
