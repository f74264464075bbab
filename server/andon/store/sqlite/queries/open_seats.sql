-- The open tasks of the decisions and levels of these tasks.
SELECT t.id, t.term, d.id, t.level
FROM task t JOIN decision d ON d.sequence = t.decision_sequence
WHERE (t.decision_sequence, t.level) IN (
    SELECT k.decision_sequence, k.level FROM json_each(:task_ids) j JOIN task k ON k.id = j.value
  )
  AND t.state $OPEN
ORDER BY t.id
