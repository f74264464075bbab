-- Until the end of the transaction nobody leases for this holder; see begin_leasing.
SELECT pg_advisory_xact_lock(1, hashtext(:holder))
