DELETE FROM delivery v USING ledger n
WHERE n.sequence = v.sequence AND n.decision_id >= :low AND n.decision_id < :high $filter
