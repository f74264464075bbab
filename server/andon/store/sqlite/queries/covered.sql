AND (:covered IS NULL OR EXISTS (
    SELECT 1 FROM decision d
    WHERE d.sequence = q.decision_sequence AND (
      d.action IN (SELECT value FROM json_each(:covered))
      OR EXISTS (SELECT 1 FROM json_each(:covered_begun) p WHERE substr(d.action, 1, length(p.value)) = p.value)
    )
  ))
