DELETE FROM review r USING task t
WHERE r.task_id = t.id AND t.decision_id >= :low AND t.decision_id < :high $filter
