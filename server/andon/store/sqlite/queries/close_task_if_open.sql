UPDATE task SET state = $to_cancel, holder = NULL, token = NULL, lease_time = NULL, lease_expire_time = NULL,
  close_time = :now
WHERE id = :task_id AND state $from_cancel
