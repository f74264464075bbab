-- Those of the tasks named that may be handed out, in the order of urgency, without locks; otherwise as lane_heads.
SELECT t.id, t.decision_id, t.rank, t.expire_time, l.queue, held.room
FROM (
  SELECT :cap::integer - count(*) FILTER (WHERE h.lease_expire_time > :now::bigint) AS room,
    coalesce(array_agg(h.decision_id), '{}') AS decisions
  FROM task h WHERE h.holder = :holder AND h.state = $LEASED
) held CROSS JOIN task t JOIN lane l ON l.id = t.lane
WHERE t.id = ANY (:only::text[]) AND t.state + 0 $from_lease
  AND t.submitter <> :holder AND t.on_behalf_of <> :holder AND t.decision_id <> ALL (held.decisions)
  AND t.id <> ALL (:given_back::text[])
  AND (SELECT TRUE FROM barred b WHERE b.decision_id = t.decision_id AND b.principal = :holder) IS NULL
  AND (:every_queue OR l.queue = ANY (:queues::text[])) AND (:every_skill OR l.skill_set <@ :skills::text[])
  AND (l.reviewer_group = '' OR l.reviewer_group = ANY (:groups::text[]))
  AND held.room > 0
  AND NOT EXISTS (
    SELECT FROM absence a WHERE a.principal = :holder AND (a.until IS NULL OR a.until > :now::bigint)
  )
ORDER BY t.rank, t.expire_time, t.id
LIMIT :total
