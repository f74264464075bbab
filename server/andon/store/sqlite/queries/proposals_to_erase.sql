SELECT e.decision_sequence, e.amendment, e.body AS earlier_body, e.subject, d.id AS decision_id
FROM earlier_proposal e JOIN decision d ON d.sequence = e.decision_sequence
WHERE e.decision_sequence IN (SELECT value FROM json_each(:sequences))
ORDER BY e.decision_sequence, e.amendment
