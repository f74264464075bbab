UPDATE appeal SET
  outcome = :outcome, resolved_by = :resolved_by, resolve_time = :now,
  corrected_prediction = :corrected_prediction, comment = :comment
WHERE decision_sequence = :decision_sequence AND level = :level AND outcome IS NULL
