SELECT hash FROM ledger WHERE sequence > :after ORDER BY sequence LIMIT :limit
