-- The heads of the lanes in one order, without locks. Each lane's index is read only as far as it is needed: OFFSET 0
-- keeps the conditions that rule out a few away from the planner, which takes them to rule out all and sorts the rest.
SELECT w.id
FROM lane l CROSS JOIN LATERAL (
  SELECT q.id, q.rank, q.expire_time
  FROM (
    SELECT t.id, t.rank, t.expire_time, t.submitter, t.on_behalf_of FROM task t
    WHERE t.state $from_lease AND t.lane = l.id
    ORDER BY t.rank, t.expire_time, t.id
    OFFSET 0
  ) q
  WHERE q.submitter <> :holder AND q.on_behalf_of <> :holder AND q.id <> ALL (:skip::text[])
  ORDER BY q.rank, q.expire_time, q.id
  LIMIT :limit
) w
WHERE (:every_queue OR l.queue = ANY (:queues::text[])) AND (:every_skill OR l.skill_set <@ :skills::text[])
ORDER BY w.rank, w.expire_time, w.id
LIMIT :limit
