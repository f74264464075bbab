-- The open tasks of the decisions and levels of these tasks.
SELECT t.id, t.term, t.decision_id, t.level
FROM task t
WHERE (t.decision_id, t.level) IN (SELECT k.decision_id, k.level FROM task k WHERE k.id = ANY (:task_ids::text[]))
  AND t.state $OPEN
ORDER BY t.id
