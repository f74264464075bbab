-- What another server is at is left to it.
WITH lapsed AS (
  SELECT id, holder, lease_expire_time FROM task
  WHERE state = $LEASED AND lease_expire_time <= :now
  ORDER BY lease_expire_time, id
  LIMIT :limit
  FOR NO KEY UPDATE SKIP LOCKED
), reclaimed AS (
  UPDATE task SET state = $to_lapse, holder = NULL, token = NULL, lease_time = NULL, lease_expire_time = NULL
  FROM lapsed
  WHERE task.id = lapsed.id
  RETURNING task.id, lapsed.holder, lapsed.lease_expire_time
)
SELECT id, holder FROM reclaimed ORDER BY lease_expire_time, id
