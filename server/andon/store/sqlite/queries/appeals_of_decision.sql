SELECT d.id, a.level, a.appellant, a.reason, a.create_time, a.task_id, a.outcome, a.resolved_by, a.resolve_time,
  a.corrected_prediction, a.comment, a.timeout_default
FROM decision d JOIN appeal a ON a.decision_sequence = d.sequence
WHERE d.id = :decision_id
ORDER BY a.level
