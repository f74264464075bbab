INSERT INTO presentation (body, reads) VALUES (:body, :reads) RETURNING id
