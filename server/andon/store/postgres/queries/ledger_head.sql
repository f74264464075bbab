SELECT value, hash FROM head WHERE name = 'c_ledger'
