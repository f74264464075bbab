SELECT r.* FROM task t JOIN review r ON r.task_id = t.id
WHERE t.decision_id = ANY (:ids::text[])
ORDER BY r.sequence
