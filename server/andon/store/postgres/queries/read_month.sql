-- A decision with the entry of its submission, which no index finds: `first` to `last` is where it should be.
SELECT d.*, n.sequence AS entry_sequence, n.time AS entry_time, n.kind AS entry_kind, n.actor AS entry_actor,
  n.task_id AS entry_task_id, n.body AS entry_body, n.previous AS entry_previous, n.hash AS entry_hash
FROM decision d LEFT JOIN ledger n
  ON n.decision_id = d.id AND n.kind = 'decision.submitted' AND n.sequence >= :first AND n.sequence <= :last
WHERE d.id >= :low AND d.id < :high $filter
ORDER BY d.id
