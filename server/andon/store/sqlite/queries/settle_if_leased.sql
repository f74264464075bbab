UPDATE task SET state = $to_review, holder = NULL, token = NULL, lease_time = NULL, lease_expire_time = NULL
WHERE id = :task_id AND state $from_review
  AND holder = :holder AND token = :token AND lease_expire_time > :now AND submitter <> :holder
  AND EXISTS (
    SELECT 1 FROM decision d WHERE d.sequence = task.decision_sequence AND d.payload_hash = :payload_hash
  )
RETURNING sequence
