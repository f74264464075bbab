UPDATE task SET state = $to_cancel, holder = NULL, token = NULL, lease_time = NULL, lease_expire_time = NULL,
  close_time = :now
WHERE id IN (SELECT value FROM json_each(:ids)) AND state $from_cancel
