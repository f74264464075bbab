-- A clock may be set back; a wait is never negative.
INSERT INTO review (
  sequence, task_id, decision_sequence, reviewer, verdict, override, saw_prediction, time, queue, wait, action,
  model_name, model_version, confidence, request_id, request_hash, comment, changed_fields, corrected_prediction,
  shown, view_time, level
)
SELECT
  1 + max(ifnull((SELECT max(sequence) FROM review), 0), ifnull((SELECT value FROM meta WHERE name = 'review'), 0)),
  t.id, d.sequence, :reviewer, :verdict, :override, :saw_prediction, :time, l.queue,
  max(0, :time - t.create_time),
  d.action, d.model_name, d.model_version, d.confidence, :request_id, :request_hash, :comment, :changed_fields,
  :corrected_prediction, :shown, :view_time, t.level
FROM task t JOIN decision d ON d.sequence = t.decision_sequence JOIN lane l ON l.id = t.lane
WHERE t.sequence = :task_sequence
RETURNING sequence, decision_sequence,
  (SELECT d.id FROM decision d WHERE d.sequence = decision_sequence), level, confidence, action, model_name,
  model_version
