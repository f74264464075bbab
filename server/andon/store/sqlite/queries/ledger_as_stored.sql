SELECT sequence, time, kind, actor, decision_id, task_id, body, body_hash, previous, hash FROM ledger
WHERE sequence > :after
ORDER BY sequence
LIMIT :limit
