UPDATE task SET
  $set_escalated
WHERE id = ANY (:ids::text[])
  AND state $from_escalate AND expire_time <= :now::bigint AND escalation_lane IS NOT NULL
