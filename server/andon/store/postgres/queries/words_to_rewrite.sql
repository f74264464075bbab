-- They are sealed as what they are about, with nobody's key where no erasure takes them.
SELECT w.sequence, n.decision_id, w.words, w.decision_id AS keyed_by FROM ledger_words w JOIN ledger n ON n.sequence = w.sequence
WHERE w.sequence = ANY (:sequences::bigint[]) ORDER BY w.sequence
