SELECT $columns_task, $columns_decision FROM $from_task
WHERE t.id = ANY (:ids::text[])
ORDER BY array_position(:ids, t.id)
