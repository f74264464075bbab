SELECT t.sequence, ifnull(t.holder, ''), l.queue, t.escalation_lane IS NOT NULL, t.decision_sequence, t.level
FROM task t JOIN lane l ON l.id = t.lane
WHERE t.state $from_expire AND t.expire_time <= :now
ORDER BY t.expire_time, t.sequence
LIMIT :limit
