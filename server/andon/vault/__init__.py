"""Encryption at rest: where the key comes from, and how contents are sealed with it."""
