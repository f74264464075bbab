UPDATE review SET comment = :comment, corrected_prediction = :corrected_prediction, changed_fields = :changed_fields,
  shown = :shown
WHERE task_id = :task_id
