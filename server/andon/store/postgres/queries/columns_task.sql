t.id, d.id AS decision_id, t.kind, l.queue, -t.rank, l.skills, t.expire_time, t.create_time, t.state, e.queue, t.escalation_deadline,
e.skills, t.escalations, s.body, t.holder, t.token, t.lease_expire_time, t.epoch, t.first_lease_time,
p.body, w.body, t.level, t.term, t.rung, t.extensions, t.note
