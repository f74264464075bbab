-- The heads of the lanes in one order. SQLite reads at most :limit entries of each lane's index.
SELECT w.sequence, w.id
FROM json_each(:lanes) l
CROSS JOIN task w ON w.sequence IN (
  SELECT q.sequence FROM task q
  WHERE q.state $from_lease AND q.lane = l.value AND q.submitter <> :holder AND q.on_behalf_of <> :holder
  ORDER BY q.rank, q.expire_time, q.id
  LIMIT :limit
)
ORDER BY w.rank, w.expire_time, w.id
LIMIT :limit
