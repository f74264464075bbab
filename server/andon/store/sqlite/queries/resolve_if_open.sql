UPDATE decision SET
  outcome = :outcome, resolved_by = :resolved_by, resolve_time = :now,
  corrected_prediction = :corrected_prediction, comment = :comment
WHERE sequence = :decision_sequence AND outcome IS NULL
