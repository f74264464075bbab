INSERT INTO secret (name, value) VALUES (:name, :fresh) ON CONFLICT (name) DO UPDATE SET value = value RETURNING value
