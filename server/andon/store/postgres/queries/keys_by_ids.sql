SELECT id, subject, wrapped FROM subject_key WHERE id = ANY (:ids::bigint[])
