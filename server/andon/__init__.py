"""Andon: the policy server that stands between an AI's decision and its effect."""
