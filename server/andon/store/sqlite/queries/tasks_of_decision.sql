-- Every task on the decision itself, open or not, oldest first.
SELECT $columns_task, $columns_decision FROM $from_task WHERE d.id = :decision_id AND t.level = 0 ORDER BY t.id
