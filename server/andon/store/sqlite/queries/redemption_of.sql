SELECT r.redeemer, r.request_id, r.time FROM decision d JOIN redemption r ON r.decision_sequence = d.sequence
WHERE d.id = :decision_id
