"""Takes a changed file into force without a restart."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from andon.telemetry.logs import get_logger

_log = get_logger("andon.files")


class OnDisk(Protocol):
    """Something on disk that can be looked at again."""

    @property
    def fault(self) -> str:
        """Why what is on disk is not in force; empty where it is."""
        ...

    @property
    def warnings(self) -> Sequence[str]:
        """What else to mend."""
        ...

    def step(self) -> bool:
        """Reads it again where it has changed; True where it had, for better or worse."""
        ...


class Reread:
    """Looks whether a file has changed, and tells when another one is in force."""

    def __init__(self, name: str, file: OnDisk, taken: Callable[[], Awaitable[None]] | None = None) -> None:
        """`name` is that of the setting. `taken` is called once what is on disk is in force, again until it can."""
        self.name: Final = name
        self._file = file
        self._taken = taken
        self._owed = False
        _warn(name, file)

    async def step(self) -> bool:
        """Looks once."""
        if self._file.step():
            self._tell()
        if self._owed:
            if self._taken is not None:
                await self._taken()
            self._owed = False
        return False

    def _tell(self) -> None:
        if self._file.fault:
            _log.error(f"{self.name} not taken; what was in force stays", fault=self._file.fault)
        else:
            self._owed = True
            _log.info(f"{self.name} taken")
        _warn(self.name, self._file)


def _warn(name: str, file: OnDisk) -> None:
    for warning in file.warnings:
        _log.warning(name, mend=warning)
