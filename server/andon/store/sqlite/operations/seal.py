"""Keeps a signed checkpoint of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from andon.store.sqlite.writer import Writer


@dataclass(frozen=True, slots=True)
class Seal:
    """Writes a checkpoint where it is the next one."""

    values: Mapping[str, Any]
    rows: int = 1

    def apply(self, writer: Writer) -> bool:
        return writer.change("seal_if_next", self.values) == 1
