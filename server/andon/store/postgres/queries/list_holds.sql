SELECT $columns_hold FROM legal_hold
WHERE (:before::bigint IS NULL OR sequence < :before) AND (:released::boolean OR release_time IS NULL)
ORDER BY sequence DESC LIMIT :limit
