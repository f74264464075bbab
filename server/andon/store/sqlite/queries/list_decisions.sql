SELECT $columns_decision FROM $from_decision
WHERE d.sequence < :before AND d.sequence >= :floor $filter
ORDER BY d.sequence DESC
LIMIT :limit
