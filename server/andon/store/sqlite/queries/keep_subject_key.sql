INSERT INTO subject_key (id, subject, wrapped, create_time) VALUES (:id, :subject, :wrapped, :now)
ON CONFLICT (subject) DO NOTHING
