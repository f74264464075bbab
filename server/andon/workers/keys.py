"""Takes changed signing keys into force without a restart, and has the ledger say so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from andon.keys.file import KeyFile
from andon.telemetry.logs import get_logger

_log = get_logger("andon.keys")


class RereadKeys:
    """Looks whether the signing keys have changed. A change that could not be recorded is at the next look."""

    name: Final = "keys"

    def __init__(self, file: KeyFile, changed: Callable[[KeyFile], Awaitable[None]]) -> None:
        self._file = file
        self._changed = changed
        self._owed = False

    async def step(self) -> bool:
        """Looks once."""
        if self._file.step():
            self._tell()
        if self._owed:
            await self._changed(self._file)
            self._owed = False
        return False

    def _tell(self) -> None:
        if self._file.fault:
            _log.error("signing keys not taken; the last good ones stay in force", fault=self._file.fault)
        else:
            self._owed = True
            _log.info("signing keys taken", keys=[key.kid for key in self._file.current.keys if key.private])
