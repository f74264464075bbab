INSERT INTO legal_hold (id, decision_id, subject, action, reason, principal, create_time)
VALUES (:id, :decision_id, :subject, :action, :reason, :principal, :now)
RETURNING $columns_hold
