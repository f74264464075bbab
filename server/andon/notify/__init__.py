"""Tells callers and people what happened: who wants to hear of what, the words, and the sending."""
