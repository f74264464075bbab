SELECT r.task_id, r.shown AS review_shown, d.id AS decision_id
FROM review r JOIN decision d ON d.sequence = r.decision_sequence
WHERE r.decision_sequence IN (SELECT value FROM json_each(:sequences)) AND r.shown <> ''
