"""Takes changed policies into force without a restart."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Protocol


class Folder(Protocol):
    """Something on disk that can be looked at again."""

    def step(self) -> bool:
        """Reloads where something has changed; True where it did, for better or worse."""
        ...


class Reload:
    """Looks for changed files; tells when there were some."""

    name: Final = "reload"

    def __init__(self, folder: Folder, changed: Callable[[], Awaitable[None]]) -> None:
        self._folder = folder
        self._changed = changed

    async def step(self) -> bool:
        """Looks once."""
        if self._folder.step():
            await self._changed()
        return False
