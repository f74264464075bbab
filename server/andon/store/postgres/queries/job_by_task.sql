SELECT $columns_task, $columns_decision FROM $from_task WHERE t.id = :task_id
