-- The first of the heads that still wait and that nobody else is at. They are found by their ids: `+ 0` keeps the planner
-- from the index of all that wait.
WITH free AS (
  SELECT t.id, t.rank, t.expire_time FROM task t
  WHERE t.id = ANY (:heads::text[]) AND t.state + 0 $from_lease
  ORDER BY t.rank, t.expire_time, t.id
  LIMIT cardinality(:tokens::text[])
  FOR NO KEY UPDATE SKIP LOCKED
), granted AS (
  SELECT id, row_number() OVER (ORDER BY rank, expire_time, id)::integer AS place FROM free
)
UPDATE task SET
  state = $to_lease,
  holder = :holder,
  token = (:tokens::text[])[granted.place],
  lease_time = :now,
  lease_expire_time = :until,
  epoch = epoch + 1,
  first_lease_time = coalesce(first_lease_time, :now),
  first_lease_lane = coalesce(first_lease_lane, lane)
FROM granted
WHERE task.id = granted.id
RETURNING task.id
