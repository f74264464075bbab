INSERT INTO lane (queue, skills) VALUES (:queue, :skills) RETURNING id
