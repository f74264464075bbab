-- What another server is at is left to it.
WITH due AS (
  SELECT id FROM task
  WHERE state = $WAITING AND rank > -$TOP AND aging_time <= :now::bigint - :interval::bigint
  ORDER BY aging_time
  LIMIT :limit
  FOR NO KEY UPDATE SKIP LOCKED
), aged AS (
  UPDATE task SET rank = greatest(-$TOP, rank - $STEP), aging_time = aging_time + :interval::bigint
  FROM due
  WHERE task.id = due.id
  RETURNING task.id
)
SELECT count(*) FROM aged
