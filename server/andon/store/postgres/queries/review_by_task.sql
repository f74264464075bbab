SELECT $columns_review
FROM review r JOIN decision d ON d.id = r.decision_id
WHERE r.task_id = :task_id
