SELECT sequence, hash FROM ledger ORDER BY sequence DESC LIMIT 1
