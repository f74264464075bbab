-- A decision `d` under a legal hold in force: its own, its subject's, or its action's.
(
  EXISTS (SELECT FROM legal_hold h WHERE h.release_time IS NULL AND h.decision_id = d.id)
  OR EXISTS (
    SELECT FROM legal_hold h
    WHERE h.release_time IS NULL AND h.decision_id = '' AND h.subject = d.subject AND h.subject <> ''
  )
  OR EXISTS (
    SELECT FROM legal_hold h
    WHERE h.release_time IS NULL AND h.decision_id = '' AND h.subject = '' AND h.action <> ''
      AND (h.action = d.action OR right(h.action, 1) = '*' AND starts_with(d.action, left(h.action, -1)))
  )
)
