DELETE FROM ledger_words WHERE decision_id IN (SELECT value FROM json_each(:ids)) AND decision_id <> ''
RETURNING decision_id, sequence
