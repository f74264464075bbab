-- A decision with the entry of its submission, which no index finds: one is made of the stretch where it should be.
WITH n AS MATERIALIZED (
  SELECT decision_id, sequence FROM ledger
  WHERE sequence >= :first AND sequence <= :last AND kind = 'decision.submitted'
    AND decision_id >= :low AND decision_id < :high
)
SELECT d.*, e.sequence AS entry_sequence, e.time AS entry_time, e.kind AS entry_kind, e.actor AS entry_actor,
  e.task_id AS entry_task_id, e.body AS entry_body, e.previous AS entry_previous, e.hash AS entry_hash
FROM decision d LEFT JOIN n ON n.decision_id = d.id LEFT JOIN ledger e ON e.sequence = n.sequence
WHERE d.id >= :low AND d.id < :high $filter
ORDER BY d.id
