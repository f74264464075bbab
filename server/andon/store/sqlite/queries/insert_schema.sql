INSERT INTO correction_schema (hash, body) VALUES (:hash, :body) RETURNING id
