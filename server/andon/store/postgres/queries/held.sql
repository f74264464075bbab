-- A decision `d` under a legal hold in force: its own, its subject's, that of one it was about before, or its action's. The
-- array keeps the planner from reading all earlier proposals into a hash.
(
  EXISTS (SELECT FROM legal_hold h WHERE h.release_time IS NULL AND h.decision_id = d.id)
  OR EXISTS (
    SELECT FROM legal_hold h
    WHERE h.release_time IS NULL AND h.decision_id = '' AND h.subject = d.subject AND h.subject <> ''
  )
  OR d.amendments > 0 AND EXISTS (
    SELECT FROM legal_hold h
    WHERE h.release_time IS NULL AND h.decision_id = '' AND h.subject <> ''
      AND h.subject = ANY (ARRAY(SELECT e.subject FROM earlier_proposal e WHERE e.decision_id = d.id))
  )
  OR EXISTS (
    SELECT FROM legal_hold h
    WHERE h.release_time IS NULL AND h.decision_id = '' AND h.subject = '' AND h.action <> ''
      AND (h.action = d.action OR right(h.action, 1) = '*' AND starts_with(d.action, left(h.action, -1)))
  )
)
