-- Whoever appeals does not judge the appeal.
INSERT INTO barred (decision_id, principal, why) VALUES (:decision_id, :appellant, 3)
ON CONFLICT DO NOTHING
