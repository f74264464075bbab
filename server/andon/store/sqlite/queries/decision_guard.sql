SELECT d.outcome, d.payload_hash,
  EXISTS (SELECT 1 FROM review r WHERE r.decision_sequence = d.sequence AND r.level = 0)
FROM decision d WHERE d.id = :decision_id
