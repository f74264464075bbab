SELECT e.payload_hash, e.body AS earlier_body, d.id AS decision_id, e.amendment FROM earlier_proposal e
JOIN decision d ON d.sequence = e.decision_sequence
WHERE d.id = :decision_id AND e.amendment = 1
