"""A month's file and its manifest.

`decisions-2025-03.jsonl.gz` holds one canonical JSON object (RFC 8785) a line and decision, in the order of their ids;
`decisions-2025-03.manifest.json` says what is in it. What is exported of the same month later is numbered:
`decisions-2025-03.2.jsonl.gz`. A file without a manifest was not finished, and counts for nothing.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO, Any, Final, cast

from andon.domain.canonical import JsonObject, canonical, parse
from andon.domain.months import Month

FORMAT: Final = "andon-decisions-1"
_PARTIAL: Final = ".partial"
_MODE: Final = 0o600  # what callers submitted is in them


class ExportDamaged(Exception):
    """A file does not hold what was written to it."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a file holds: decisions, and of them the tasks, verdicts and ledger entries."""

    decisions: int
    tasks: int
    reviews: int
    entries: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a file holds: `size` bytes with that SHA-256, read when the ledger stood at an entry and its hash.

    `kept` are the actions that stayed in the store. Where that was `encrypted`, so is what people wrote: its keys alone
    open it.
    """

    format: str
    month: str
    file: str
    sha256: str
    size: int
    decisions: int
    tasks: int
    reviews: int
    entries: int
    kept: tuple[str, ...]
    ledger_sequence: int
    ledger_hash: str
    encrypted: bool = False

    @property
    def counts(self) -> Counts:
        """How much the file holds."""
        return Counts(self.decisions, self.tasks, self.reviews, self.entries)


@dataclass(frozen=True, slots=True)
class Written:
    """A file on disk that nobody vouches for yet."""

    path: Path
    sha256: str
    counts: Counts


def make(folder: Path) -> None:
    """Makes the folder where it is not there: for its owner alone, and durable when this returns. OSError."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in missing:
        _sync(each.parent)


async def write(folder: Path, month: Month, records: AsyncIterator[JsonObject]) -> Written:
    """Writes a month's file, durable when this returns, under a number that no manifest has."""
    path = folder / f"{_stem(month, len(manifests(folder, month)) + 1)}.jsonl.gz"
    counts = [0, 0, 0, 0]
    # No time and no name go in, so that the same records make the same file.
    with _replacing(path) as file, gzip.GzipFile("", "wb", mtime=0, fileobj=file) as packed:
        async for record in records:
            packed.write(f"{canonical(record)}\n".encode())
            counts = [total + more for total, more in zip(counts, _counted(record), strict=True)]
    return Written(path, _sum(path), Counts(*counts))


def vouch(written: Written, month: Month, kept: Sequence[str], position: int, anchor: str, encrypted: bool) -> Manifest:
    """Reads a file back and writes its manifest, durable when this returns. ExportDamaged."""
    path, counts = written.path, written.counts
    found = (path.stat().st_size, written.sha256)
    manifest = Manifest(
        FORMAT, str(month), path.name, found[1], found[0], *_values(counts), tuple(kept), position, anchor, encrypted
    )
    check(path.parent, manifest)
    with _replacing(_manifest_of(path)) as file:
        file.write(json.dumps(_stated(manifest), indent=2).encode() + b"\n")
    return manifest


def check(folder: Path, manifest: Manifest) -> None:
    """Reads a file from its beginning to its end. ExportDamaged where it is not what its manifest says."""
    path = folder / manifest.file
    try:
        found = path.stat().st_size, _sum(path), _reread(path)
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise ExportDamaged(f"{path} can't be read back: {error}") from error
    if found != (manifest.size, manifest.sha256, manifest.counts):
        raise ExportDamaged(f"{path} is not what was written")


def manifests(folder: Path, month: Month) -> list[Manifest]:
    """The manifests of a month's files, oldest first. ExportDamaged where one can't be read."""
    found: list[Manifest] = []
    while (path := folder / f"{_stem(month, len(found) + 1)}.manifest.json").exists():
        found.append(_manifest(path))
    return found


def manifest_of(path: Path) -> Manifest | None:
    """The manifest beside a file; None where there is none. ExportDamaged, OSError."""
    beside = _manifest_of(path)
    return _manifest(beside) if beside.exists() else None


def read(path: Path) -> Iterator[JsonObject]:
    """The records of a file, in their order. ExportDamaged."""
    try:
        with gzip.open(path, "rb") as lines:
            for line in lines:
                yield _checked(parse(line.decode()))
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise ExportDamaged(f"{path} can't be read: {error}") from error


def _checked(record: Any) -> JsonObject:
    decision = record.get("decision") if isinstance(record, dict) else None
    if not isinstance(decision, dict) or not {"id", "input"} <= decision.keys():
        raise ValueError("it holds what is no decision")
    return cast("JsonObject", record)


def _manifest(path: Path) -> Manifest:
    try:
        stated = {"encrypted": False, **json.loads(path.read_bytes())}
        named = {field.name: stated[field.name] for field in fields(Manifest)}
    except (ValueError, KeyError, TypeError) as error:
        raise ExportDamaged(f"{path} is no manifest: {error}") from error
    return Manifest(**{**named, "kept": tuple(named["kept"])})


def _stated(manifest: Manifest) -> dict[str, Any]:
    """What a manifest says; of encryption only where there is any."""
    return {name: value for name, value in asdict(manifest).items() if name != "encrypted" or value}


def _stem(month: Month, number: int) -> str:
    return f"decisions-{month}" if number == 1 else f"decisions-{month}.{number}"


def _manifest_of(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(".jsonl.gz") + ".manifest.json")


def _counted(record: Any) -> tuple[int, int, int, int]:
    return 1, len(record["tasks"]), len(record["reviews"]), len(record["ledger"])


def _values(counts: Counts) -> tuple[int, int, int, int]:
    return counts.decisions, counts.tasks, counts.reviews, counts.entries


def _reread(path: Path) -> Counts:
    """Counts what a file holds. ValueError where its decisions are not in order, each once."""
    counts, last = [0, 0, 0, 0], ""
    with gzip.open(path, "rb") as lines:
        for line in lines:
            record = json.loads(line)
            if record["decision"]["id"] <= last:
                raise ValueError(f"{record['decision']['id']} is out of order")
            last = record["decision"]["id"]
            counts = [total + more for total, more in zip(counts, _counted(record), strict=True)]
    return Counts(*counts)


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name when it is whole and on the disk, or not at all."""
    partial = path.with_name(path.name + _PARTIAL)
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Makes the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
