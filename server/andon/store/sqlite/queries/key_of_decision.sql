SELECT id, data_key FROM decision WHERE id = :decision_id
