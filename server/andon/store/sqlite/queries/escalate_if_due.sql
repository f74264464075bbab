UPDATE task SET
  $set_escalated
WHERE sequence IN (SELECT value FROM json_each(:sequences))
  AND state $from_escalate AND expire_time <= :now AND escalation_lane IS NOT NULL
