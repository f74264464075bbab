INSERT INTO task (
  id, decision_id, submitter, kind, state, lane, rank, expire_time, create_time, aging_time, enter_time,
  escalation_lane, escalation_deadline, escalations, schema, presentation, on_behalf_of,
  level, term, plan, climb_time, note
)
SELECT v.id, v.decision_id, v.submitter, v.kind, v.state, v.lane, v.rank, v.expire_time, v.create_time,
  v.create_time, v.create_time, v.escalation_lane, v.escalation_deadline, v.escalations, v.schema, v.presentation,
  v.on_behalf_of, v.level, v.term, v.plan, v.climb_time, v.note
FROM unnest(
  :t_id::text[], :t_decision_id::text[], :t_submitter::text[], :t_kind::smallint[], :t_state::smallint[],
  :t_lane::bigint[], :t_rank::integer[], :t_expire_time::bigint[], :t_create_time::bigint[],
  :t_escalation_lane::bigint[], :t_escalation_deadline::bigint[], :t_escalations::integer[], :t_schema::bigint[],
  :t_presentation::bigint[], :t_on_behalf_of::varchar[], :t_level::smallint[], :t_term::smallint[],
  :t_plan::bigint[], :t_climb_time::bigint[], :t_note::varchar[]
) AS v (
  id, decision_id, submitter, kind, state, lane, rank, expire_time, create_time, escalation_lane,
  escalation_deadline, escalations, schema, presentation, on_behalf_of, level, term, plan, climb_time, note
)
