-- Their subjects are decisions and tasks.
DELETE FROM request WHERE subject IN (
  SELECT d.id FROM decision d WHERE d.id >= :low AND d.id < :high $filter
  UNION ALL
  SELECT t.id FROM decision d JOIN task t ON t.decision_sequence = d.sequence
  WHERE d.id >= :low AND d.id < :high $filter
)
