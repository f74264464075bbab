SELECT count(*) FROM ledger_words w WHERE w.sequence > 0 $filter
