"""Files that people and servers change: whether one has, and how one is written so that nobody sees half of it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

Stamp: TypeAlias = "tuple[int, int, int, int] | None"

PRIVATE: Final = 0o600
"""The mode of a file that its owner alone may read and write."""


def stamp(path: Path) -> Stamp:
    """What changes whenever the file does; None where it can't be seen."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode


@contextmanager
def durable(path: Path, text: str, like: os.stat_result | None = None) -> Iterator[Path]:
    """A durable file beside the one that is to be, for the block to rename or link. Gone at the end where it was not.

    It has the mode and the owner of `like`; without one it is PRIVATE. What the block did is durable too. OSError.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            _dress(stream.fileno(), like)
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        yield temporary
        _sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _dress(handle: int, like: os.stat_result | None) -> None:
    os.fchmod(handle, PRIVATE if like is None else like.st_mode & 0o7777)
    if like is not None and (like.st_uid, like.st_gid) != (os.geteuid(), os.getegid()):
        os.fchown(handle, like.st_uid, like.st_gid)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
