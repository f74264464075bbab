-- One more task like another, for one more reviewer.
INSERT INTO task (
  id, decision_sequence, submitter, kind, state, lane, rank, expire_time, create_time, aging_time, enter_time,
  escalation_lane, escalation_deadline, escalations, schema, presentation, on_behalf_of, level, term, plan, climb_time,
  note
)
SELECT :id, decision_sequence, submitter, kind, $WAITING, :lane, rank, expire_time, :now, :now, :now,
  :escalation_lane, escalation_deadline, escalations, schema, presentation, on_behalf_of, level, :term, plan,
  iif(escalations = 0, :climb_time, NULL), note
FROM task WHERE id = :task_id
