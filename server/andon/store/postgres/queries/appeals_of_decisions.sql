SELECT a.* FROM appeal a WHERE a.decision_id = ANY (:ids::text[]) ORDER BY decision_id, level
