-- A verdict and its label; whoever gave it is not handed a task of the decision any more. Reviews are numbered by their
-- head, which is held until the commit. A clock may be set back; a wait is never negative.
WITH counted AS (
  UPDATE head SET value = value + 1 WHERE name = 'b_review' RETURNING value
), given AS (
  INSERT INTO review (
    sequence, task_id, decision_id, reviewer, verdict, override, saw_prediction, time, queue, wait, action,
    model_name, model_version, confidence, comment, changed_fields, corrected_prediction, shown, view_time, level
  )
  SELECT c.value, t.id, d.id, :reviewer::text, :verdict::smallint, :override::boolean, :saw_prediction::boolean,
    :time::bigint, l.queue, greatest(0, :time::bigint - t.create_time), d.action, d.model_name, d.model_version,
    d.confidence, :comment::varchar, :changed_fields::text, :corrected_prediction::text, :shown::text,
    :view_time::bigint, t.level
  FROM counted c
  CROSS JOIN task t
  JOIN decision d ON d.id = t.decision_id
  JOIN lane l ON l.id = t.lane
  WHERE t.id = :task_id
  RETURNING sequence, confidence, action, model_name, model_version, decision_id
), bar AS (
  INSERT INTO barred (decision_id, principal, why) SELECT decision_id, :reviewer::text, 1 FROM given
  ON CONFLICT (decision_id, principal) DO UPDATE SET why = excluded.why
), label AS (
  INSERT INTO label_round AS r (action, model_name, model_version, labels)
  SELECT action, model_name, model_version, 1 FROM given
  ON CONFLICT (action, model_name, model_version) DO UPDATE SET labels = r.labels + 1
  RETURNING labels
)
SELECT g.sequence, g.confidence, g.action, g.model_name, g.model_version, label.labels FROM given g, label
