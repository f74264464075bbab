-- The words of the partial index are said again, so that the planner can tell that it fits.
SELECT c.sequence, c.kind, c.entry_left, $columns_task, $columns_decision
FROM (
  SELECT n.sequence, n.kind, n.task_id,
    CASE WHEN n.kind = 'task.escalated' THEN coalesce(n.body::json ->> 'left', '') ELSE '' END AS entry_left
  FROM ledger n WHERE n.sequence > :after AND n.task_id <> ''
  ORDER BY n.sequence
  LIMIT :limit
) c
JOIN $from_task ON t.id = c.task_id
ORDER BY c.sequence
