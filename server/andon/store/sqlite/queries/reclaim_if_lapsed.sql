UPDATE task SET state = $to_lapse, holder = NULL, token = NULL, lease_time = NULL, lease_expire_time = NULL
WHERE sequence IN (SELECT value FROM json_each(:sequences))
  AND state $from_lapse AND lease_expire_time <= :now
