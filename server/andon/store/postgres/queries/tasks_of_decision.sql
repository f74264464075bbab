-- Every task on the decision itself, open or not, oldest first.
SELECT $columns_task, $columns_decision FROM $from_task WHERE t.decision_id = :decision_id AND t.level = 0 ORDER BY t.id
