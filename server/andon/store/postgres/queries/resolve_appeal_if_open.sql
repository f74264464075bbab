UPDATE appeal SET
  outcome = :outcome, resolved_by = :resolved_by, resolve_time = :now,
  corrected_prediction = :corrected_prediction, comment = :comment::varchar
WHERE decision_id = :decision_id AND level = :level AND outcome IS NULL
RETURNING level
