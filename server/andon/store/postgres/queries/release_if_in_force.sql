UPDATE legal_hold SET release_time = :now WHERE id = :hold_id AND release_time IS NULL RETURNING $columns_hold
