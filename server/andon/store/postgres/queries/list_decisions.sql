SELECT $columns_decision FROM $from_decision
WHERE d.sequence < :before AND d.sequence >= :floor $filter
ORDER BY $order
LIMIT :limit
