SELECT DISTINCT t.level
FROM decision d JOIN task t ON t.decision_sequence = d.sequence JOIN work_plan w ON w.id = t.plan
WHERE d.id = :decision_id AND t.state $OPEN AND json_extract(w.body, '$$.quorum.blind')
  AND NOT EXISTS (
    SELECT 1 FROM barred b WHERE b.decision_sequence = d.sequence AND b.principal = :principal AND b.why = 1
  )
