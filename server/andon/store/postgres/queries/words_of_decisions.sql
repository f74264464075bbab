SELECT w.sequence, w.decision_id, w.words FROM ledger_words w
WHERE w.decision_id = ANY (:ids::text[]) AND w.decision_id <> '' ORDER BY w.sequence
