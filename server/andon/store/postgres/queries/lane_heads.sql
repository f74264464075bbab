-- The heads of the lanes in one order, without locks, and how many leases more the holder may have. Each lane's index is
-- read only as far as it is needed: OFFSET 0 keeps the conditions that rule out a few away from the planner, which takes
-- them to rule out all and sorts the rest; for its sake what is barred is a scalar as well.
SELECT w.id, w.decision_id, w.rank, w.expire_time, l.queue, held.room
FROM (
  SELECT :cap::integer - count(*) FILTER (WHERE h.lease_expire_time > :now::bigint) AS room,
    coalesce(array_agg(h.decision_id), '{}') AS decisions
  FROM task h WHERE h.holder = :holder AND h.state = $LEASED
) held CROSS JOIN lane l CROSS JOIN LATERAL (
  SELECT q.id, q.decision_id, q.rank, q.expire_time
  FROM (
    SELECT t.id, t.decision_id, t.rank, t.expire_time, t.submitter, t.on_behalf_of FROM task t
    WHERE t.state $from_lease AND t.lane = l.id
    ORDER BY t.rank, t.expire_time, t.id
    OFFSET 0
  ) q
  WHERE q.submitter <> :holder AND q.on_behalf_of <> :holder AND q.decision_id <> ALL (held.decisions)
    AND q.id <> ALL (:given_back::text[])
    AND (SELECT TRUE FROM barred b WHERE b.decision_id = q.decision_id AND b.principal = :holder) IS NULL
  ORDER BY q.rank, q.expire_time, q.id
  LIMIT :limit
) w
WHERE (:every_queue OR l.queue = ANY (:queues::text[])) AND (:every_skill OR l.skill_set <@ :skills::text[])
  AND (l.reviewer_group = '' OR l.reviewer_group = ANY (:groups::text[]))
  AND held.room > 0
  AND NOT EXISTS (
    SELECT FROM absence a WHERE a.principal = :holder AND (a.until IS NULL OR a.until > :now::bigint)
  )
ORDER BY w.rank, w.expire_time, w.id
LIMIT :total
