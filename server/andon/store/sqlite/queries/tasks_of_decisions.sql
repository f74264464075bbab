SELECT d.id AS decision_id, t.*, l.queue, l.skills, e.queue AS escalation_queue, e.skills AS escalation_skills,
  s.body AS correction_schema, p.body AS presentation_shown, w.body AS plan_asked
FROM decision d
JOIN task t ON t.decision_sequence = d.sequence
JOIN lane l ON l.id = t.lane
LEFT JOIN lane e ON e.id = t.escalation_lane
LEFT JOIN correction_schema s ON s.id = t.schema
LEFT JOIN presentation p ON p.id = t.presentation
LEFT JOIN work_plan w ON w.id = t.plan
WHERE d.id IN (SELECT value FROM json_each(:ids))
ORDER BY d.id, t.id
