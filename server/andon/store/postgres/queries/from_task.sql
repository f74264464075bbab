task t
JOIN decision d ON d.id = t.decision_id
JOIN lane l ON l.id = t.lane
LEFT JOIN task h ON h.id = d.task_id
LEFT JOIN lane q ON q.id = h.lane
LEFT JOIN lane e ON e.id = t.escalation_lane
LEFT JOIN correction_schema s ON s.id = t.schema
LEFT JOIN presentation p ON p.id = t.presentation
LEFT JOIN work_plan w ON w.id = t.plan
