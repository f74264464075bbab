SELECT e.payload_hash, e.body FROM earlier_proposal e
JOIN decision d ON d.sequence = e.decision_sequence
WHERE d.id = :decision_id AND e.amendment = 1
