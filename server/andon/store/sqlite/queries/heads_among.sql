-- Those of the tasks named that may be handed out, in the order of urgency.
SELECT t.sequence, t.id
FROM json_each(:only) o
CROSS JOIN task t ON t.id = o.value
WHERE t.state $from_lease AND t.lane IN (SELECT l.value FROM json_each(:lanes) l)
  AND t.submitter <> :holder AND t.on_behalf_of <> :holder
ORDER BY t.rank, t.expire_time, t.id
LIMIT :limit
