SELECT d.sequence FROM decision d
WHERE d.sequence < :before AND d.sequence >= :floor $filter
ORDER BY d.sequence DESC
LIMIT 1 OFFSET :reach - 1
