-- All tasks of a task's decision and level, for this transaction alone.
SELECT id FROM task
WHERE (decision_id, level) = (SELECT k.decision_id, k.level FROM task k WHERE k.id = :task_id)
ORDER BY id
FOR NO KEY UPDATE
