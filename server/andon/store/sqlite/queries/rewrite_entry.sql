-- The hashes stay those of what it says.
UPDATE ledger SET body = :body WHERE sequence = :sequence
