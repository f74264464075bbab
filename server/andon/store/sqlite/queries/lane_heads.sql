-- The heads of the lanes in one order. SQLite reads at most :limit entries of each lane's index, and those that are
-- ruled out.
SELECT w.sequence, w.id, w.rank, w.expire_time, w.lane, w.decision_sequence
FROM json_each(:lanes) l
CROSS JOIN task w ON w.sequence IN (
  SELECT q.sequence FROM task q
  WHERE q.state $from_lease AND q.lane = l.value AND q.submitter <> :holder AND q.on_behalf_of <> :holder
    AND q.decision_sequence NOT IN (SELECT value FROM json_each(:held))
    AND q.id NOT IN (SELECT value FROM json_each(:given_back))
    AND NOT EXISTS (
      SELECT 1 FROM barred b WHERE b.decision_sequence = q.decision_sequence AND b.principal = :holder
    )
  ORDER BY q.rank, q.expire_time, q.id
  LIMIT :limit
)
ORDER BY w.rank, w.expire_time, w.id
LIMIT :total
