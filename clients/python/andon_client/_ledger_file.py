"""The ledger as a file: JSON lines, written once and verified anywhere.

The first line tells the format, the origin and the keys; then comes an entry a line, and behind the last entry that a
checkpoint covers its signed note; the last line counts both, and has the SHA-256 of all that is before it but `words`.
So whoever must can take members `words` out of a file, and what is left can be proved as before.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from andon_client._chain import LedgerEntry, LedgerFault
from andon_client.ledger import LedgerProof, LedgerVerifier
from andon_client.notes import VerifierKey

FORMAT: Final = "andon-ledger-1"
_ENTRY: Final = b'{"sequence":'
_CHECKPOINT: Final = b'{"checkpoint":'
_END: Final = b'{"entries":'
_WORDS: Final = b',"words":"'
_LONGEST: Final = 1 << 26
_NO_ENTRY: Final = "its line in the file is no entry"
_decode: Final = json.JSONDecoder().raw_decode


class LedgerWriter:
    """Writes a ledger's file, whole or not at all, for its owner alone to read."""

    def __init__(self, path: Path, origin: str, keys: Sequence[VerifierKey]) -> None:
        self._path = path
        handle, self._temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        self._file = os.fdopen(handle, "wb", buffering=1 << 20)
        self._hash = hashlib.sha256()
        self.entries = self.checkpoints = 0
        self._write({"format": FORMAT, "origin": origin, "verifier_keys": list(map(str, keys))})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._write(_end(self.entries, self.checkpoints, self._hash.hexdigest()))
            self._file.flush()
            os.fsync(self._file.fileno())
        self._file.close()
        if kind is None:
            os.replace(self._temporary, self._path)
        else:
            os.unlink(self._temporary)

    def entry(self, entry: LedgerEntry) -> None:
        """Writes the next entry."""
        value = entry._asdict()
        if not entry.words:
            del value["words"]
        self._write(value)
        self.entries += 1

    def checkpoint(self, note: str) -> None:
        """Writes a checkpoint."""
        self._write({"checkpoint": note})
        self.checkpoints += 1

    def _write(self, value: dict[str, Any]) -> None:
        line = _line(value)
        self._hash.update(_wordless(line))
        self._file.write(line)


def verify_file(path: Path, pinned: Sequence[VerifierKey] = (), kept: Iterable[str] = ()) -> LedgerProof:
    """Proves a ledger's file. Needs no server. Raises LedgerFault at the first entry that does not fit, and OSError.

    `kept` are checkpoints that were kept elsewhere.
    """
    with path.open("rb") as file:
        hash = hashlib.sha256()
        lines = _lines(file, hash.update)
        origin, keys = _head(next(lines, b""))
        verifier = LedgerVerifier(origin, keys, pinned)
        for note in kept:
            verifier.keep(note)
        count = _follow(verifier, lines, hash.hexdigest)
        if next(lines, None) is not None:
            raise LedgerFault(0, f"the file goes on behind its end, after {count:,} entries")
        return verifier.finish()


def _follow(verifier: LedgerVerifier, lines: Iterator[bytes], digest: Callable[[], str]) -> int:
    checkpoints = 0
    for line in lines:
        if line.startswith(_ENTRY):
            _take(verifier, _entry(line, verifier.size + 1))
        elif line.startswith(_CHECKPOINT):
            verifier.expect(_note(line, verifier.size))
            checkpoints += 1
        elif line.startswith(_END):
            if line != _line(_end(verifier.size, checkpoints, digest())):
                raise LedgerFault(0, "the file was changed where no entry shows it: its last line does not fit")
            return verifier.size
        else:
            raise LedgerFault(verifier.size + 1, _NO_ENTRY)
    raise LedgerFault(0, f"the file ends early, after {verifier.size:,} entries")


def _take(verifier: LedgerVerifier, entry: LedgerEntry) -> None:
    try:
        verifier.follow(entry)
    except (TypeError, AttributeError):  # a number where text should be, which hashing tells
        raise LedgerFault(verifier.size + 1, _NO_ENTRY) from None


def _lines(file: Any, update: Callable[[bytes], None]) -> Iterator[bytes]:
    """Lines, of which each is hashed before the next is given."""
    while line := file.readline(_LONGEST):
        yield line
        update(_wordless(line))


def _wordless(line: bytes) -> bytes:
    """An entry's line as it is without words. One that is not as it was written stays as it is, and its hash tells."""
    if _WORDS not in line:
        return line
    try:
        value = json.loads(line)
        if _line(value) != line or not value.pop("words"):
            return line
    except (ValueError, RecursionError, TypeError, AttributeError, KeyError):
        return line
    return _line(value)


def _head(line: bytes) -> tuple[str, list[VerifierKey]]:
    try:
        head = json.loads(line)
        keys = [VerifierKey.parse(text) for text in head["verifier_keys"]]
        if head["format"] != FORMAT or line != _line(head):
            raise ValueError(line)
        return str(head["origin"]), keys
    except (ValueError, KeyError, TypeError, AttributeError):
        raise LedgerFault(0, "the file does not begin as one that `andon ledger export` has written") from None


def _entry(line: bytes, sequence: int) -> LedgerEntry:
    try:
        text = line.decode()
        value, end = _decode(text)
        entry = LedgerEntry(**value)
    except (ValueError, TypeError):
        raise LedgerFault(sequence, _NO_ENTRY) from None
    if type(entry.sequence) is not int or type(entry.time) is not int or text[end:] != "\n":
        raise LedgerFault(sequence, _NO_ENTRY)
    return entry


def _note(line: bytes, size: int) -> str:
    try:
        return str(json.loads(line.decode())["checkpoint"])
    except (ValueError, TypeError, KeyError):
        raise LedgerFault(size, "the checkpoint behind it is none") from None


def _end(entries: int, checkpoints: int, digest: str) -> dict[str, Any]:
    return {"entries": entries, "checkpoints": checkpoints, "sha256": digest}


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"
