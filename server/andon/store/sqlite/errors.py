"""Why a database file can't be opened, beyond what can befall every engine."""

from __future__ import annotations

from pathlib import Path


class StoreLocked(Exception):
    """Another server has the file open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} is in use by another server; stop it, or name another file")
