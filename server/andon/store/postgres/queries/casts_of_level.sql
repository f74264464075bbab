-- The verdicts on a task's decision and level, in their order, each with what its seat counts for.
SELECT r.reviewer, t.term, r.verdict, r.corrected_prediction AS review_correction, r.task_id, r.decision_id AS decision_id
FROM task k
JOIN task t ON t.decision_id = k.decision_id AND t.level = k.level
JOIN review r ON r.task_id = t.id
WHERE k.id = :task_id
ORDER BY r.sequence
