"""What was signed last, remembered outside the store: so that nobody who changes the store alone has it signed anew."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from andon.domain.canonical import canonical
from andon.files import durable
from andon.keys.file import KeyFileError

_SUFFIX: Final = ".sealed.json"


@dataclass(frozen=True, slots=True)
class Sealed:
    """The last checkpoint that a server signed or found good: over how many entries, their root, the last one's hash.

    `origin` is what the ledger was called then; it is there for people to read.
    """

    origin: str
    size: int
    root: bytes
    head: str


class SealMemory:
    """Remembers the last checkpoint until the process ends; with a path beyond that, in a file of mode 0600."""

    def __init__(self, path: Path | None = None) -> None:
        """Reads what is remembered. Raises KeyFileError where the file can't be read; without one nothing is known."""
        self._path: Final = path
        self.last = None if path is None else _read(path)

    @property
    def where(self) -> str:
        """The file, for people; empty where there is none."""
        return str(self._path or "")

    def remember(self, sealed: Sealed) -> bool:
        """Takes note. False where the file could not be written: then until the process ends. Blocks on the disk."""
        self.last = sealed
        return self._path is None or _write(self._path, sealed)


def beside(keys: Path) -> Path:
    """Where a server that signs with this file of keys remembers what it sealed."""
    return keys.with_name(keys.stem + _SUFFIX)


def _write(path: Path, sealed: Sealed) -> bool:
    text = canonical({"origin": sealed.origin, "size": sealed.size, "root": sealed.root.hex(), "head": sealed.head})
    try:
        with durable(path, text + "\n") as temporary:
            temporary.replace(path)
    except OSError:
        return False
    return True


def _read(path: Path) -> Sealed | None:
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
        sealed = Sealed(found["origin"], found["size"], bytes.fromhex(found["root"]), found["head"])
        if [type(found[name]) for name in ("origin", "size", "head")] != [str, int, str]:
            raise ValueError(found)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KeyFileError(f"what was sealed, {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise KeyFileError(f"what was sealed, {path}: is not what a server has written") from None
    return sealed
