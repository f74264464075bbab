AND NOT EXISTS (
    SELECT FROM task t JOIN work_plan w ON w.id = t.plan
    WHERE t.decision_id = r.decision_id AND t.level = r.level AND t.state $OPEN
      AND w.body::json -> 'quorum' ->> 'blind' = 'true'
  )
