-- The open tasks of the decisions and levels of these tasks, for this transaction alone. What another is at is left to
-- it, so that nobody waits here who holds what the other waits for.
SELECT t.id
FROM task t
WHERE (t.decision_id, t.level) IN (SELECT k.decision_id, k.level FROM task k WHERE k.id = ANY (:task_ids::text[]))
  AND t.state $OPEN
ORDER BY t.id
FOR NO KEY UPDATE OF t SKIP LOCKED
