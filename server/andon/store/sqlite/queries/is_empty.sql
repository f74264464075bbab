-- Whether nothing was ever recorded: all that is has its entry in the ledger.
SELECT NOT EXISTS (SELECT 1 FROM ledger)
