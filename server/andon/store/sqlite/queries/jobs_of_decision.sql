SELECT $columns_task, $columns_decision FROM $from_task WHERE d.id = :decision_id ORDER BY t.id
