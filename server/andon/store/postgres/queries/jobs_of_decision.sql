SELECT $columns_task, $columns_decision FROM $from_task WHERE t.decision_id = :decision_id ORDER BY t.id
