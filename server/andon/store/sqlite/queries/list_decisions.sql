SELECT $columns_decision FROM $from_decision
WHERE d.sequence < :before $filter
ORDER BY d.sequence DESC
LIMIT :limit
