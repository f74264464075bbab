-- A decision `d` under a legal hold in force: its own, its subject's, that of one it was about before, or its action's.
(
  EXISTS (SELECT 1 FROM legal_hold h WHERE h.release_time IS NULL AND h.decision_id = d.id)
  OR EXISTS (
    SELECT 1 FROM legal_hold h
    WHERE h.release_time IS NULL AND h.decision_id = '' AND h.subject = d.subject AND h.subject <> ''
  )
  OR d.amendments > 0 AND EXISTS (
    SELECT 1 FROM earlier_proposal e, legal_hold h
    WHERE e.decision_sequence = d.sequence AND h.release_time IS NULL AND h.decision_id = '' AND h.subject = e.subject AND h.subject <> ''
  )
  OR EXISTS (
    SELECT 1 FROM legal_hold h
    WHERE h.release_time IS NULL AND h.decision_id = '' AND h.subject = '' AND h.action <> '' AND (
      h.action = d.action
      OR substr(h.action, -1) = '*' AND substr(d.action, 1, length(h.action) - 1) || '*' = h.action
    )
  )
)
