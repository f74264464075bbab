SELECT EXISTS (SELECT 1 FROM decision WHERE id = :decision_id AND outcome IS NULL)
