-- To be held before.
UPDATE task SET state = $to_cancel, holder = NULL, token = NULL, lease_time = NULL, lease_expire_time = NULL,
  close_time = :now
WHERE id = ANY (:ids::text[]) AND state $from_cancel
