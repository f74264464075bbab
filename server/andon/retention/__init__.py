"""Retention: what is old is written to files, read back, and only then removed from the store."""
