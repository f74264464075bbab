-- Of the states an escalation may start from, only a lease has a holder.
UPDATE task SET
  $set_escalated
WHERE id = :task_id AND state $from_escalate AND escalation_lane IS NOT NULL
  AND holder = :holder AND token = :token AND lease_expire_time > :now
RETURNING sequence
