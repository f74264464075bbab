SELECT d.outcome, d.payload_hash, EXISTS (SELECT FROM review r WHERE r.decision_id = d.id AND r.level = 0)
FROM decision d WHERE d.id = :decision_id
FOR NO KEY UPDATE OF d
