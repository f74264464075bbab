SELECT w.sequence, w.decision_id, w.words FROM ledger_words w
WHERE w.decision_id IN (SELECT value FROM json_each(:ids)) AND w.decision_id <> '' ORDER BY w.sequence
