SELECT count(*) FROM ledger_words WHERE decision_id = :decision_id AND decision_id <> ''
