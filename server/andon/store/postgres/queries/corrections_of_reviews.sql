-- The ledger has the hashes of corrections alone.
SELECT sequence, corrected_prediction AS review_correction, decision_id, task_id
FROM review WHERE sequence = ANY (:sequences::bigint[]) AND corrected_prediction <> '{}'
