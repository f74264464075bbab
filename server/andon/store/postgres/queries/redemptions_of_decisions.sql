SELECT a.* FROM redemption a WHERE a.decision_id = ANY (:ids::text[]) ORDER BY decision_id
