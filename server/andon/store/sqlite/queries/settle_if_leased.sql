UPDATE task SET state = $to_review, holder = NULL, token = NULL, lease_time = NULL, lease_expire_time = NULL,
  close_time = :now
WHERE id = :task_id AND state $from_review
  AND holder = :holder AND token = :token AND lease_expire_time > :now AND submitter <> :holder AND on_behalf_of <> :holder
  AND NOT EXISTS (
    SELECT 1 FROM barred b WHERE b.decision_sequence = task.decision_sequence AND b.principal = :holder
  )
  AND EXISTS (
    SELECT 1 FROM decision d
    WHERE d.sequence = task.decision_sequence AND d.payload_hash = :payload_hash
      AND NOT (:unseen AND ifnull(json_extract(d.attributes, '$$.irreversible'), FALSE))
  )
  AND (:commented OR NOT EXISTS (
    SELECT 1 FROM presentation p JOIN json_each(p.body, '$$.comment_required') v
    WHERE p.id = task.presentation AND v.value = :verdict
  ))
RETURNING sequence, first_lease_time, plan IS NOT NULL
