SELECT d.id AS decision_id, a.* FROM decision d JOIN review a ON a.decision_sequence = d.sequence
WHERE d.id IN (SELECT value FROM json_each(:ids))
ORDER BY a.sequence
