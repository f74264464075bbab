-- Whoever appeals does not judge the appeal.
INSERT INTO barred (decision_sequence, principal, why)
SELECT sequence, :appellant, 3 FROM decision WHERE id = :decision_id
ON CONFLICT DO NOTHING
