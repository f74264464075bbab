decision d LEFT JOIN task h ON h.id = d.task_id
