DELETE FROM barred
WHERE decision_sequence IN (SELECT d.sequence FROM decision d WHERE d.id >= :low AND d.id < :high $filter)
