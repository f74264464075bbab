-- A hold that is placed waits for the erasures under way, and they for it; until the end of the transaction.
SELECT pg_advisory_xact_lock(2, 0)
