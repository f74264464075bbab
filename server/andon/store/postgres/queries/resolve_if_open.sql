UPDATE decision SET
  outcome = :outcome, resolved_by = :resolved_by, resolve_time = :now,
  corrected_prediction = :corrected_prediction, comment = :comment::varchar
WHERE id = :decision_id AND outcome IS NULL
RETURNING id
