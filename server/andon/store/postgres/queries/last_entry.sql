SELECT value FROM head WHERE name = 'c_ledger'
