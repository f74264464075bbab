-- Waits for a transaction that is at the same id, and gives nothing where that has made it known.
INSERT INTO request (principal, request_id, kind, hash, subject, time)
VALUES (:principal, :request_id, :kind, :hash, :subject, :now)
ON CONFLICT (principal, kind, request_id) DO NOTHING
RETURNING kind
