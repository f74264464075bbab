-- The job is read as it was before: what the token guards can't have changed.
WITH renewed AS (
  UPDATE task SET lease_expire_time = :until
  WHERE id = :task_id AND state $from_renew
    AND holder = :holder AND token = :token AND lease_expire_time > :now
  RETURNING id
)
SELECT $columns_task, $columns_decision FROM renewed CROSS JOIN $from_task WHERE t.id = renewed.id
