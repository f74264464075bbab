"""Who may read the files of a database: they hold the secret of the random samples, and all that was submitted."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

from andon.store.report import warn

_OTHERS: Final = 0o077


def warn_of_wide_rights(path: Path) -> None:
    """Logs which files of a database others than their owner may use, and the command that mends it."""
    wide = [file for suffix in ("", "-wal", "-shm") if _is_wide(file := Path(f"{path}{suffix}"))]
    if wide:
        warn("store.files_open_to_others", mend=f"chmod 600 {shlex.join(map(str, wide))}")


def _is_wide(file: Path) -> bool:
    try:
        return bool(file.stat().st_mode & _OTHERS)
    except OSError:
        return False
