SELECT id, subject, wrapped FROM subject_key WHERE subject = ANY (:subjects::text[])
