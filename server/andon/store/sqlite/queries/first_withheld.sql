-- From the open tasks: they are fewer than the samples.
SELECT min(r.sequence)
FROM task t CROSS JOIN work_plan w ON w.id = t.plan
CROSS JOIN review r ON r.decision_sequence = t.decision_sequence AND r.level = t.level
WHERE t.state $OPEN AND json_extract(w.body, '$$.quorum.blind') AND r.sequence > :after $filter
