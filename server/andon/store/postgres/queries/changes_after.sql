-- The words of the partial index are said again, so that the planner can tell that it fits. Jobs are read one by one,
-- whatever it believes of the tables' lengths: OFFSET 0 keeps it from joining them whole.
SELECT c.sequence, c.kind, c.entry_left, c.time, j.*
FROM (
  SELECT n.sequence, n.kind, n.task_id, n.time,
    CASE WHEN n.kind = 'task.escalated' THEN coalesce(n.body::json ->> 'left', '') ELSE '' END AS entry_left
  FROM ledger n WHERE n.sequence > :after AND n.task_id <> '' AND n.kind <> 'task.viewed'
  ORDER BY n.sequence
  LIMIT :limit
) c
CROSS JOIN LATERAL (SELECT $columns_task, $columns_decision FROM $from_task WHERE t.id = c.task_id OFFSET 0) j
ORDER BY c.sequence
