AND (r.decision_sequence, r.level) NOT IN (
    SELECT t.decision_sequence, t.level FROM task t JOIN work_plan w ON w.id = t.plan
    WHERE t.state $OPEN AND json_extract(w.body, '$$.quorum.blind')
  )
