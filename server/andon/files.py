"""Files that are looked at again and again: whether one has changed."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

Stamp: TypeAlias = "tuple[int, int, int, int] | None"


def stamp(path: Path) -> Stamp:
    """What changes whenever the file does; None where it can't be seen."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode
