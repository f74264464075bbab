SELECT create_time FROM decision WHERE sequence >= :sequence ORDER BY sequence LIMIT 1
