SELECT $columns_hold FROM legal_hold WHERE id = :hold_id
