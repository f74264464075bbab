-- Of a task's decision and level: whether a task is open, how often it was given more time, and the job.
SELECT t.state $OPEN, t.extensions, $columns_task, $columns_decision
FROM $from_task
WHERE (t.decision_id, t.level) = (SELECT k.decision_id, k.level FROM task k WHERE k.id = :task_id)
ORDER BY t.id
