-- The words of the partial index are said again, or SQLite can't tell that it fits.
SELECT n.sequence, n.time, n.kind, n.actor, n.decision_id, n.task_id, n.body, n.previous, n.hash,
  coalesce(w.words, '') AS words
FROM ledger n LEFT JOIN ledger_words w ON w.sequence = n.sequence
WHERE n.decision_id = :decision_id AND n.decision_id <> '' AND n.kind <> 'decision.submitted' AND n.sequence > :after
ORDER BY n.sequence
LIMIT :limit
