"""What writes. Each operation runs within one transaction; one that raises an AndonError leaves nothing behind.

All lock in one order, or they would wait for each other for ever: tasks (ascending ids), then decisions (ascending
ids), then the heads in the order of their names, the ledger's last.
"""
