"""The lock that keeps a second server off a database file."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from andon.store.sqlite.errors import StoreLocked, StoreUnusable


class FileLock:
    """An advisory lock on `PATH.lock`. The kernel lets go of it with the process, however that ends.

    The file itself stays: removing it would let two servers lock two files of one name.
    """

    def __init__(self, path: Path) -> None:
        """Takes the lock. Raises StoreLocked where another holds it, StoreUnusable where it can't be made."""
        try:
            self._file = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreUnusable(path, error.strerror or "can't be locked") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise StoreLocked(path) from None
        except OSError as error:
            os.close(self._file)
            raise StoreUnusable(path, error.strerror or "can't be locked") from error

    def release(self) -> None:
        """Lets go of the lock."""
        os.close(self._file)
