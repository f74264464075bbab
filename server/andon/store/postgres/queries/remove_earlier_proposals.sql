DELETE FROM earlier_proposal a WHERE a.decision_id >= :low AND a.decision_id < :high $filter
