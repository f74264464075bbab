DELETE FROM delivery WHERE EXISTS (
  SELECT 1 FROM ledger n JOIN decision d ON d.id = n.decision_id
  WHERE n.sequence = delivery.sequence AND d.id >= :low AND d.id < :high $filter
)
