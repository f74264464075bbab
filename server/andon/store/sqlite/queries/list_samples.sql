-- What was erased is no sample. blind: without what a quorum at work keeps from those who may still judge.
SELECT $columns_review, $columns_decision
FROM review r CROSS JOIN $from_decision
WHERE d.sequence = r.decision_sequence AND d.erase_time IS NULL AND r.sequence > :after AND r.sequence <= :until $filter
  AND NOT (:blind AND EXISTS (
    SELECT 1 FROM task t JOIN work_plan w ON w.id = t.plan
    WHERE t.decision_sequence = r.decision_sequence AND t.level = r.level AND t.state $OPEN
      AND json_extract(w.body, '$$.quorum.blind')
  ))
ORDER BY $order
LIMIT :limit OFFSET :offset
