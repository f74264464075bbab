-- From the open tasks: they are fewer than the samples.
SELECT min(r.sequence)
FROM task t JOIN work_plan w ON w.id = t.plan
JOIN review r ON r.decision_id = t.decision_id AND r.level = t.level
WHERE t.state $OPEN AND w.body::json -> 'quorum' ->> 'blind' = 'true' AND r.sequence > :after $filter
