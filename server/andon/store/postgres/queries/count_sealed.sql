SELECT (SELECT count(*) FROM subject_key), count(*),
  coalesce(sum(CASE WHEN data_key IS NULL AND erase_time IS NULL THEN 1 ELSE 0 END), 0)
FROM decision
