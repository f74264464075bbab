"""Andon: the policy server that stands between an AI's decision and its effect."""

from __future__ import annotations

__version__ = "0.1.0"
