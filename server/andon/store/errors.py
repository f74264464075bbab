"""Why a store can't be opened. These stop a server's start; no call ever sees them."""

from __future__ import annotations


class StoreUnusable(Exception):
    """It can't be read or written, is damaged, is not ours, or was made by a newer release.

    `place` names it: a file's path, or a database's URL without its password.
    """

    def __init__(self, place: object, why: str) -> None:
        self.place = place
        self.why = why
        super().__init__(f"{place} can't be used: {why}")
