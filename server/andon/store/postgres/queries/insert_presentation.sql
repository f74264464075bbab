INSERT INTO presentation (hash, body, reads) VALUES (:hash, :body, :reads)
ON CONFLICT (hash) DO UPDATE SET body = excluded.body
RETURNING id
