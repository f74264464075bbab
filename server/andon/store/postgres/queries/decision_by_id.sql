SELECT $columns_decision FROM $from_decision WHERE d.id = :decision_id
