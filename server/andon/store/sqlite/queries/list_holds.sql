SELECT $columns_hold FROM legal_hold
WHERE (:before IS NULL OR sequence < :before) AND (:released OR release_time IS NULL)
ORDER BY sequence DESC LIMIT :limit
