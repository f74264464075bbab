"""The keys that receipts and checkpoints are signed with."""
