UPDATE decision SET outcome = :outcome, resolved_by = :principal, resolve_time = :now, comment = :comment::varchar
WHERE id = :decision_id AND outcome IS NULL
RETURNING task_id
