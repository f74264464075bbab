UPDATE task SET state = $to_release, holder = NULL, token = NULL, lease_time = NULL, lease_expire_time = NULL
WHERE id = :task_id AND state $from_release
  AND holder = :holder AND token = :token AND lease_expire_time > :now
RETURNING id
