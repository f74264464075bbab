-- Their subjects are decisions and tasks. None is older than its decision but for the clocks' differences.
DELETE FROM request q USING (
  SELECT d.id FROM decision d WHERE d.id >= :low AND d.id < :high $filter
  UNION ALL
  SELECT t.id FROM task t JOIN decision d ON d.id = t.decision_id
  WHERE t.decision_id >= :low AND t.decision_id < :high $filter
) s
WHERE q.subject = s.id AND q.time >= :since
