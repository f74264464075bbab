"""The lock that keeps a second server off a database file."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final, TypeAlias

from andon.store.errors import StoreUnusable
from andon.store.sqlite.errors import StoreLocked

_Identity: TypeAlias = tuple[int, int]

# What this process has open. Closing any descriptor of a file drops the locks SQLite has on it for the whole process,
# so a file that is in use here must not even be opened to ask for its lock.
_held: Final[set[_Identity]] = set()


class FileLock:
    """An advisory lock on the database file itself, by whatever name it is reached. The file is made where there is
    none, for its owner alone. The kernel lets go of the lock with the process, however that ends.

    It is `flock`'s, which doesn't meet the POSIX locks of SQLite on Linux.
    """

    def __init__(self, path: Path) -> None:
        """Takes the lock. Raises StoreLocked where another holds it, StoreUnusable where it can't be taken."""
        if _known(path) in _held:
            raise StoreLocked(path)
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreUnusable(path, error.strerror or "can't be opened") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            if isinstance(error, BlockingIOError):
                raise StoreLocked(path) from None
            raise StoreUnusable(path, error.strerror or "can't be locked") from error
        self._identity = _identity(os.fstat(self._file))
        _held.add(self._identity)

    def release(self) -> None:
        """Lets go of the lock. Every connection to the file must have been closed before."""
        _held.discard(self._identity)
        os.close(self._file)


def _known(path: Path) -> _Identity | None:
    try:
        return _identity(path.stat())
    except OSError:
        return None


def _identity(status: os.stat_result) -> _Identity:
    return status.st_dev, status.st_ino
