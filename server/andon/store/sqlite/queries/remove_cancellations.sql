DELETE FROM cancellation
WHERE decision_id IN (SELECT d.id FROM decision d WHERE d.id >= :low AND d.id < :high $filter)
