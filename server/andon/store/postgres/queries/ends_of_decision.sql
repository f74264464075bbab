-- The words of the partial index are said again, so that it is found.
SELECT sequence, time, kind, actor, decision_id, task_id, body, body_hash, previous, hash FROM ledger
WHERE decision_id = :decision_id AND decision_id <> '' AND kind <> 'decision.submitted'
  AND kind IN ('review.given', 'task.expired', 'decision.cancelled', 'decision.amended', 'decision.reevaluated')
ORDER BY sequence
