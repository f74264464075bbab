-- Reads the ledger whole: for the few whose entry is not where it should be.
SELECT sequence, time, kind, actor, decision_id, task_id, body, previous, hash FROM ledger
WHERE decision_id IN (SELECT value FROM json_each(:ids)) AND kind = 'decision.submitted'
ORDER BY sequence
