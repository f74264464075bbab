-- One more task like another, for one more reviewer.
INSERT INTO task (
  id, decision_id, submitter, kind, state, lane, rank, expire_time, create_time, aging_time, enter_time,
  escalation_lane, escalation_deadline, escalations, schema, presentation, on_behalf_of, level, term, plan, climb_time,
  note
)
SELECT :id::text, decision_id, submitter, kind, $WAITING, :lane::bigint, rank, expire_time, :now::bigint, :now::bigint,
  :now::bigint, :escalation_lane::bigint, escalation_deadline, escalations, schema, presentation, on_behalf_of, level,
  :term::smallint, plan, CASE WHEN escalations = 0 THEN :climb_time::bigint END, note
FROM task WHERE id = :task_id
