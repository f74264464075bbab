UPDATE decision SET outcome = :outcome, resolved_by = :resolved_by, resolve_time = :now, comment = ''
WHERE sequence IN (
    SELECT decision_sequence FROM task WHERE sequence IN (SELECT value FROM json_each(:sequences))
  )
  AND outcome IS NULL
