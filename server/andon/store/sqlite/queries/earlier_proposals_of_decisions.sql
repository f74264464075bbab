SELECT d.id AS decision_id, a.decision_sequence, a.amendment, a.time, a.payload_hash, a.body, a.subject, a.data_key
FROM decision d JOIN earlier_proposal a ON a.decision_sequence = d.sequence
WHERE d.id IN (SELECT value FROM json_each(:ids))
ORDER BY d.id, a.amendment
