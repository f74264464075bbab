"""The SQL of this engine."""

from __future__ import annotations

from typing import Final

from andon.store.statements import Statements

sql: Final = Statements("andon.store.sqlite", lambda bit, column, nothing: f"iif(p.reads & {bit}, {column}, {nothing})")
