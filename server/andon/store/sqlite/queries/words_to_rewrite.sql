-- They are sealed as what they are about, also where no erasure takes them.
SELECT w.sequence, n.decision_id, w.words FROM ledger_words w JOIN ledger n ON n.sequence = w.sequence
WHERE w.sequence IN (SELECT value FROM json_each(:sequences)) ORDER BY w.sequence
