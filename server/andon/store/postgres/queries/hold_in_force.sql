-- The same one, placed before.
SELECT $columns_hold FROM legal_hold
WHERE release_time IS NULL AND decision_id = :decision_id AND subject = :subject AND action = :action
  AND principal = :principal AND reason = :reason
ORDER BY sequence LIMIT 1
