d.sequence, d.id, d.action, d.confidence, d.input, d.prediction, d.reasoning, d.model_name, d.model_version,
d.attributes, d.submitter, d.payload_hash, d.route, d.reasons, d.policy, d.revision, d.propensity, d.threshold,
d.sampled, d.coin_source, d.create_time, d.outcome, d.resolved_by, d.resolve_time, d.corrected_prediction, d.comment,
d.task_id, h.expire_time + coalesce(h.escalation_deadline, 0), q.queue,
d.on_behalf_of, d.submitter_groups, d.timeout_default, d.supersedes, d.superseded_by, d.amendments, d.appeals, d.receipt,
d.sensitive, d.erase_time
