SELECT decision_id, level, appellant, reason AS appeal_reason, create_time, task_id, outcome, resolved_by, resolve_time,
  corrected_prediction AS appeal_correction, comment AS appeal_comment, timeout_default
FROM appeal WHERE decision_id = :decision_id
ORDER BY level
