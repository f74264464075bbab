SELECT id, decision_id, reason FROM legal_hold ORDER BY sequence
