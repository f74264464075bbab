INSERT INTO cancellation (principal, request_id, request_hash, decision_id)
VALUES (:principal, :request_id, :request_hash, :decision_id)
