INSERT INTO request (principal, kind, request_id, hash, subject)
VALUES (:principal, :kind, :request_id, :hash, :subject)
