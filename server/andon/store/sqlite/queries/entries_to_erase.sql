-- The words of the partial index are said again, or SQLite can't tell that it fits.
SELECT n.sequence, n.time, n.kind, n.actor, n.decision_id, n.task_id, n.body, n.body_hash, n.previous, n.hash
FROM json_each(:ids) i CROSS JOIN ledger n ON n.decision_id = i.value
WHERE n.decision_id <> '' AND n.kind <> 'decision.submitted' AND n.kind IN (SELECT value FROM json_each(:kinds))
ORDER BY n.sequence
