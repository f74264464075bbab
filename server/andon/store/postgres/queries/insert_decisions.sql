-- Decisions with their tasks, request ids and ledger entries, in one statement: so the heads are held for one journey.
-- The entries' first argument hangs on the count, so that all take the heads in the same order.
WITH counted AS (
  UPDATE head SET value = value + cardinality(:id::text[]) WHERE name = 'a_decision'
  RETURNING value - cardinality(:id::text[]) AS base
), decisions AS (
  INSERT INTO decision (
    sequence, id, action, route, outcome, submitter, subject, confidence, model_name, model_version, payload_hash,
    policy, revision, propensity, threshold, sampled, coin_source, create_time, task_id, resolved_by, resolve_time,
    comment, corrected_prediction, reasons, attributes, prediction, input, reasoning,
    on_behalf_of, submitter_groups, supersedes, receipt, sensitive, data_key
  )
  SELECT c.base + v.place, v.id, v.action, v.route, v.outcome, v.submitter, v.subject, v.confidence, v.model_name,
    v.model_version, v.payload_hash, v.policy, v.revision, v.propensity, v.threshold, v.sampled, v.coin_source,
    v.create_time, v.task_id, v.resolved_by, v.resolve_time, v.comment, v.corrected_prediction, v.reasons,
    v.attributes, v.prediction, v.input, v.reasoning, v.on_behalf_of, v.submitter_groups, v.supersedes, v.receipt,
    v.sensitive, v.data_key
  FROM counted c, unnest(
    :id::text[], :action::text[], :route::smallint[], :outcome::smallint[], :submitter::text[], :subject::varchar[],
    :confidence::double precision[], :model_name::varchar[], :model_version::varchar[], :payload_hash::text[],
    :policy::text[], :revision::text[], :propensity::double precision[], :threshold::double precision[],
    :sampled::boolean[], :coin_source::text[], :create_time::bigint[], :task_id::text[], :resolved_by::text[],
    :resolve_time::bigint[], :comment::varchar[], :corrected_prediction::text[], :reasons::text[], :attributes::text[],
    :prediction::text[], :input::text[], :reasoning::varchar[], :on_behalf_of::varchar[],
    :submitter_groups::text[], :supersedes::text[], :receipt::text[], :sensitive::text[],
    :data_key::bigint[]
  ) WITH ORDINALITY AS v (
    id, action, route, outcome, submitter, subject, confidence, model_name, model_version, payload_hash, policy,
    revision, propensity, threshold, sampled, coin_source, create_time, task_id, resolved_by, resolve_time, comment,
    corrected_prediction, reasons, attributes, prediction, input, reasoning, on_behalf_of, submitter_groups, supersedes,
    receipt, sensitive, data_key, place
  )
), tasks AS (
  $new_tasks
), requests AS (
  INSERT INTO request (principal, request_id, kind, hash, subject, time)
  SELECT v.principal, v.request_id, 1, v.hash, v.subject, v.time
  FROM unnest(:r_principal::text[], :r_request_id::text[], :r_hash::text[], :r_subject::text[], :r_time::bigint[])
    AS v (principal, request_id, hash, subject, time)
)
SELECT c.base, a.entry_sequence FROM counted c, LATERAL append_entries(
  CASE WHEN c.base >= 0 THEN :times::bigint[] END, :kinds::text[], :actors::text[], :decision_ids::text[],
  :task_ids::text[], :body_hashes::text[], :bodies::text[], :words::text[], :fronts::text[], :backs::text[]
) a LIMIT 1
