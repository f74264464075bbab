SELECT a.* FROM earlier_proposal a WHERE a.decision_id = ANY (:ids::text[]) ORDER BY decision_id, amendment
