INSERT INTO secret AS s (name, value) VALUES (:name, :fresh)
ON CONFLICT (name) DO UPDATE SET value = s.value
RETURNING value
