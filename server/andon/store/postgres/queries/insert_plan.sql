INSERT INTO work_plan (hash, body) VALUES (:hash, :body)
ON CONFLICT (hash) DO UPDATE SET body = excluded.body
RETURNING id
