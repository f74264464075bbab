-- Those of the tasks named that may be handed out, in the order of urgency.
SELECT t.sequence, t.id, t.rank, t.expire_time, t.lane, t.decision_sequence
FROM json_each(:only) o
CROSS JOIN task t ON t.id = o.value
WHERE t.state $from_lease AND t.lane IN (SELECT l.value FROM json_each(:lanes) l)
  AND t.submitter <> :holder AND t.on_behalf_of <> :holder
  AND t.decision_sequence NOT IN (SELECT value FROM json_each(:held))
  AND t.id NOT IN (SELECT value FROM json_each(:given_back))
  AND NOT EXISTS (
    SELECT 1 FROM barred b WHERE b.decision_sequence = t.decision_sequence AND b.principal = :holder
  )
ORDER BY t.rank, t.expire_time, t.id
LIMIT :total
