-- What was erased is no sample. blind: without what a quorum at work keeps from those who may still judge.
SELECT $columns_review, $columns_decision
FROM (
  SELECT * FROM review r
  WHERE r.sequence > :after AND r.sequence <= :until $filter
    AND NOT EXISTS (SELECT FROM decision e WHERE e.id = r.decision_id AND e.erase_time IS NOT NULL)
    AND CASE WHEN :blind::boolean THEN NOT EXISTS (
      SELECT FROM task t JOIN work_plan w ON w.id = t.plan
      WHERE t.decision_id = r.decision_id AND t.level = r.level AND t.state $OPEN
        AND w.body::json -> 'quorum' ->> 'blind' = 'true'
    ) ELSE true END
  ORDER BY $order
  LIMIT :limit OFFSET :offset
) r, $from_decision
WHERE d.id = r.decision_id
ORDER BY $order
