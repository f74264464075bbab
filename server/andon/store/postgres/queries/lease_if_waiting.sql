-- The first of the heads, in their order, that still wait and that nobody else is at. They are found by their ids: `+ 0`
-- keeps the planner from the index of all that wait.
WITH free AS (
  SELECT t.id, array_position(:heads::text[], t.id) AS place FROM task t
  WHERE t.id = ANY (:heads::text[]) AND t.state + 0 $from_lease
  ORDER BY place
  LIMIT cardinality(:tokens::text[])
  FOR NO KEY UPDATE SKIP LOCKED
), granted AS (
  SELECT id, row_number() OVER (ORDER BY free.place)::integer AS place FROM free
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
