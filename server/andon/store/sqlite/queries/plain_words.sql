-- The next words that are not sealed.
SELECT w.sequence FROM ledger_words w WHERE w.sequence > :after $filter ORDER BY w.sequence LIMIT :limit
