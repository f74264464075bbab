SELECT sequence, kind, decision_id, body FROM ledger
WHERE sequence IN (SELECT value FROM json_each(:sequences)) ORDER BY sequence
