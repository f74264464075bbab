SELECT $columns_review, $columns_decision
FROM (
  SELECT * FROM review r
  WHERE r.sequence > :after AND r.sequence <= :until $filter
  ORDER BY $order
  LIMIT :limit OFFSET :offset
) r, $from_decision
WHERE d.id = r.decision_id
ORDER BY $order
