"""Takes a changed notifications file into force without a restart."""

from __future__ import annotations

from typing import Final

from andon.notify.file import NotificationFile
from andon.telemetry.logs import get_logger

_log = get_logger("andon.notify")


class RereadNotifications:
    """Looks whether the subscriptions have changed."""

    name: Final = "notifications"

    def __init__(self, file: NotificationFile) -> None:
        self._file = file

    async def step(self) -> bool:
        """Looks once."""
        if not self._file.step():
            return False
        if self._file.fault:
            _log.error("notifications not taken; the last good ones stay in force", fault=self._file.fault)
        else:
            _log.info("notifications taken", subscriptions=[each.name for each in self._file.current.all])
        log_notification_warnings(self._file)
        return False


def log_notification_warnings(file: NotificationFile) -> None:
    """Logs what to mend in the file."""
    for warning in file.warnings:
        _log.warning("notifications", mend=warning)
