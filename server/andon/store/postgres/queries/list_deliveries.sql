SELECT $columns_delivery FROM delivery
WHERE (:subscription = '' OR subscription = :subscription) AND (:state = 0 OR state = :state)
  AND (:before = '' OR id < :before)
ORDER BY id DESC
LIMIT :limit
