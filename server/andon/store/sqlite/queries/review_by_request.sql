SELECT r.request_hash, $columns_review
FROM review r JOIN decision d ON d.sequence = r.decision_sequence
WHERE r.reviewer = :principal AND r.request_id = :request_id
