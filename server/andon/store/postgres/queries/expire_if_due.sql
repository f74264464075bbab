UPDATE task SET state = $to_expire, holder = NULL, token = NULL, lease_time = NULL, lease_expire_time = NULL,
  close_time = :now
WHERE id = ANY (:ids::text[])
  AND state $from_expire AND expire_time <= :now AND escalation_lane IS NULL
