-- PostgreSQL reads no JSON that has the character U+0000, so another takes its place: both words are escapes.
UPDATE task SET state = $to_review, holder = NULL, token = NULL, lease_time = NULL, lease_expire_time = NULL,
  close_time = :now
WHERE id = :task_id AND state $from_review
  AND holder = :holder AND token = :token AND lease_expire_time > :now AND submitter <> :holder
  AND on_behalf_of <> :holder
  AND NOT EXISTS (
    SELECT FROM barred b WHERE b.decision_id = task.decision_id AND b.principal = :holder
  )
  AND EXISTS (
    SELECT FROM decision d
    WHERE d.id = task.decision_id AND d.payload_hash = :payload_hash
      AND NOT CASE WHEN :unseen::boolean
        THEN coalesce(replace(d.attributes, '\u0000', '\u0020')::json ->> 'irreversible', 'false')::boolean
        ELSE false END
  )
  AND CASE WHEN :commented::boolean THEN true ELSE NOT EXISTS (
    SELECT FROM presentation p, json_array_elements_text(
      replace(p.body, '\u0000', '\u0020')::json -> 'comment_required') v
    WHERE p.id = task.presentation AND v::integer = :verdict::integer
  ) END
RETURNING decision_id, level, first_lease_time, plan IS NOT NULL
