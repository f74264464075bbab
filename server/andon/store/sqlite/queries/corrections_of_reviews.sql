-- The ledger has the hashes of corrections alone.
SELECT r.sequence, r.corrected_prediction AS review_correction, d.id AS decision_id, r.task_id
FROM review r JOIN decision d ON d.sequence = r.decision_sequence
WHERE r.sequence IN (SELECT value FROM json_each(:sequences)) AND r.corrected_prediction <> '{}'
