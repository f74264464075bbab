SELECT DISTINCT t.level
FROM task t JOIN work_plan w ON w.id = t.plan
WHERE t.decision_id = :decision_id AND t.state $OPEN AND w.body::json -> 'quorum' ->> 'blind' = 'true'
  AND NOT EXISTS (
    SELECT FROM barred b WHERE b.decision_id = t.decision_id AND b.principal = :principal AND b.why = 1
  )
