SELECT request_hash, decision_id FROM cancellation WHERE principal = :principal AND request_id = :request_id
