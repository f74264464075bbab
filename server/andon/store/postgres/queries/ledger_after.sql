SELECT n.sequence, n.time, n.kind, n.actor, n.decision_id, n.task_id, n.body, n.previous, n.hash,
  coalesce(w.words, '') AS words
FROM ledger n LEFT JOIN ledger_words w ON w.sequence = n.sequence
WHERE n.sequence > :after
ORDER BY n.sequence
LIMIT :limit
