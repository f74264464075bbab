-- Those on the same, placed before. Their reasons may be sealed, and are compared by who reads them.
SELECT $columns_hold FROM legal_hold
WHERE release_time IS NULL AND decision_id = :decision_id AND subject = :subject AND action = :action
  AND principal = :principal
ORDER BY sequence
