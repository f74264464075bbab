SELECT task_id, shown AS review_shown, decision_id FROM review
WHERE decision_id = ANY (:ids::text[]) AND shown <> ''
ORDER BY sequence
