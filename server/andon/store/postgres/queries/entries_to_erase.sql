-- The words of the partial index are said again, or PostgreSQL can't tell that it fits.
SELECT sequence, time, kind, actor, decision_id, task_id, body, body_hash, previous, hash FROM ledger
WHERE decision_id = ANY (:ids::text[]) AND decision_id <> '' AND kind <> 'decision.submitted'
  AND kind = ANY (:kinds::text[])
ORDER BY sequence
