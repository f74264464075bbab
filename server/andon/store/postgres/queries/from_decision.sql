decision d LEFT JOIN task h ON h.id = d.task_id LEFT JOIN lane q ON q.id = h.lane
