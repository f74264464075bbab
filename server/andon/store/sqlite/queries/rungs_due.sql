SELECT t.sequence, $columns_task, $columns_decision
FROM $from_task
WHERE t.state $from_escalate AND t.climb_time <= :now AND t.expire_time > :now
ORDER BY t.climb_time, t.sequence
LIMIT :limit
