SELECT sequence, kind, decision_id, body FROM ledger
WHERE sequence = ANY (:sequences::bigint[]) ORDER BY sequence
