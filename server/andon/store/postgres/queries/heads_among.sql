-- Those of the tasks named that may be handed out, in the order of urgency, without locks.
SELECT t.id
FROM task t JOIN lane l ON l.id = t.lane
WHERE t.id = ANY (:only::text[]) AND t.state + 0 $from_lease
  AND t.submitter <> :holder AND t.on_behalf_of <> :holder AND t.id <> ALL (:skip::text[])
  AND (:every_queue OR l.queue = ANY (:queues::text[])) AND (:every_skill OR l.skill_set <@ :skills::text[])
ORDER BY t.rank, t.expire_time, t.id
LIMIT :limit
