"""The notifications file: read whole, every fault at its line, and read again where it changes."""

from __future__ import annotations

import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from andon.files import Stamp, stamp
from andon.notify.entries import NotificationFaults, read_notifications
from andon.notify.subscriptions import Notifications

__all__ = ["NotificationFaults", "NotificationFile"]


class NotificationFile:
    """The subscriptions in force. A change on disk that is broken leaves the last good ones in force.

    `fault` says why what is on disk is not in force; empty where it is. `warnings` are what else to mend.
    """

    def __init__(self, path: Path | None, environ: Mapping[str, str]) -> None:
        """Reads the file; without one there are no subscriptions. Raises NotificationFaults with every fault."""
        self._path: Final = path
        self._environ: Final = environ
        self._stamps = self._seen(())
        self.current = Notifications()
        self.warnings: Sequence[str] = ()
        self.fault = ""
        self._files: tuple[Path, ...] = ()
        if path is not None:
            self._take(path)

    def step(self) -> bool:
        """Reads the file again if it or a secret's file has changed; True where one had, for better or worse."""
        if self._path is None or self._seen(self._files) == self._stamps:
            return False
        try:
            self._take(self._path)
        except NotificationFaults as error:
            self.fault = str(error)
            self._stamps = self._seen(self._files)
        else:
            self.fault = ""
        return True

    def _take(self, path: Path) -> None:
        stamps, warnings = self._seen(self._files), _warnings(path)
        found = read_notifications(path, self._environ)
        if found.files != self._files:  # once more, now that all that is to be watched is known
            stamps = self._seen(found.files)
            found = read_notifications(path, self._environ)
        self.current, self._files, self.warnings = found.notifications, found.files, warnings
        self._stamps = stamps  # as it was before it was read: a change in between is seen at the next look

    def _seen(self, files: Sequence[Path]) -> tuple[Stamp, ...]:
        return () if self._path is None else tuple(map(stamp, (self._path, *files)))


def _warnings(path: Path) -> Sequence[str]:
    """Raises NotificationFaults where others could send what happens here to themselves."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise NotificationFaults((f"notifications {path}: {error.strerror}",)) from None
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise NotificationFaults((f"{path}: others may write it\n  instead: chmod 600 {path}",))
    if mode & stat.S_IROTH:
        return (f"{path}: every user of this machine may read it, and it may hold secrets; chmod 600 {path}",)
    return ()
