-- The task of a decision that has not ended. It is locked before the decision, though the decision leads to it.
UPDATE task SET state = $to_cancel, holder = NULL, token = NULL, lease_time = NULL, lease_expire_time = NULL,
  close_time = :now
WHERE id = (SELECT d.task_id FROM decision d WHERE d.id = :decision_id AND d.outcome IS NULL) AND state $from_cancel
