SELECT $columns_review, $columns_decision
FROM review r CROSS JOIN $from_decision
WHERE d.sequence = r.decision_sequence AND r.sequence > :after AND r.sequence <= :until $filter
ORDER BY $order
LIMIT :limit OFFSET :offset
