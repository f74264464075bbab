SELECT a.decision_id, a.amendment, a.time, a.payload_hash, a.body, a.subject, a.data_key FROM earlier_proposal a
WHERE a.decision_id = ANY (:ids::text[]) ORDER BY decision_id, amendment
