-- What was kept of bodies that were erased. The words of the partial index are said again, so that it is found.
SELECT body, decision_id, kind, actor FROM ledger
WHERE decision_id = :decision_id AND decision_id <> '' AND kind <> 'decision.submitted' AND kind = 'decision.erased'
ORDER BY sequence
