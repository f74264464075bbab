DELETE FROM redemption a WHERE a.decision_id >= :low AND a.decision_id < :high $filter
