DELETE FROM ledger_words WHERE decision_id = ANY (:ids::text[]) AND decision_id <> ''
RETURNING decision_id, sequence
