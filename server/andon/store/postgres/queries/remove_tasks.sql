DELETE FROM task t WHERE t.decision_id >= :low AND t.decision_id < :high $filter
