SELECT id FROM legal_hold WHERE release_time IS NULL ORDER BY id
