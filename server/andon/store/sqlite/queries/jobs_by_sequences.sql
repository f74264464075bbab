SELECT $columns_task, $columns_decision
FROM json_each(:sequences) j CROSS JOIN $from_task
WHERE t.sequence = j.value
ORDER BY j.key
