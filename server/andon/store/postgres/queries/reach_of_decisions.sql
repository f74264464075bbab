SELECT d.sequence FROM decision d
WHERE d.sequence < :before AND d.sequence >= :floor $filter
ORDER BY $order
LIMIT 1 OFFSET :beyond
