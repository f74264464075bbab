INSERT INTO work_plan (body) VALUES (:body) RETURNING id
