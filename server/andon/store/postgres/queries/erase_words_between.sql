DELETE FROM ledger_words
WHERE decision_id = :decision_id AND decision_id <> '' AND sequence > :after AND sequence < :before
RETURNING sequence
