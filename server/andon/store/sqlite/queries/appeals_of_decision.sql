SELECT d.id AS decision_id, a.level, a.appellant, a.reason AS appeal_reason, a.create_time, a.task_id, a.outcome, a.resolved_by, a.resolve_time,
  a.corrected_prediction AS appeal_correction, a.comment AS appeal_comment, a.timeout_default
FROM decision d JOIN appeal a ON a.decision_sequence = d.sequence
WHERE d.id = :decision_id
ORDER BY a.level
