-- Whether nothing was ever recorded: all that is has its entry in the ledger.
SELECT value = 0 FROM head WHERE name = 'c_ledger'
