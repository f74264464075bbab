"""Why a database file can't be opened. These stop a server's start; no call ever sees them."""

from __future__ import annotations

from pathlib import Path


class StoreLocked(Exception):
    """Another server has the file open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} is in use by another server; stop it, or name another file")


class StoreUnusable(Exception):
    """The file can't be read or written, is damaged, is not ours, or was made by a newer release."""

    def __init__(self, path: Path, why: str) -> None:
        self.path = path
        self.why = why
        super().__init__(f"{path} can't be used: {why}")
