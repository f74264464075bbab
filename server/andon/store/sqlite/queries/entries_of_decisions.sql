-- The words of the partial index are said again, so that it is found.
SELECT sequence, time, kind, actor, decision_id, task_id, body, previous, hash FROM ledger
WHERE decision_id IN (SELECT value FROM json_each(:ids)) AND decision_id <> '' AND kind <> 'decision.submitted'
ORDER BY sequence
