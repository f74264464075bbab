SELECT outcome FROM decision WHERE id = :decision_id
