SELECT d.id AS decision_id, a.* FROM decision d JOIN redemption a ON a.decision_sequence = d.sequence
WHERE d.id IN (SELECT value FROM json_each(:ids))
ORDER BY d.id
