-- One for each amendment, in their order. The words of the partial index are said again, so that it is found.
SELECT sequence FROM ledger
WHERE decision_id = :decision_id AND decision_id <> '' AND kind <> 'decision.submitted' AND kind = 'decision.amended'
ORDER BY sequence
