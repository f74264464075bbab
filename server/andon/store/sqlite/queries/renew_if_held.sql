UPDATE task SET lease_expire_time = :until
WHERE id = :task_id AND state $from_renew
  AND holder = :holder AND token = :token AND lease_expire_time > :now
RETURNING sequence
