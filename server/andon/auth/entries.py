"""Reads the token file into entries, with every fault at its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from andon.auth.rights import HUMAN, RIGHTS, AccessFileError, key_faults, moment, name_fault, rights_faults, rights_of
from andon.domain.principal import Principal
from andon.policy.faults import PolicyFault, PolicyFaults, one_of
from andon.policy.source import Source, compose, read_source

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_KEYS: Final = ("principal", "sha256", *RIGHTS, "expire_time", "note")
_NEEDED: Final = ("principal", "sha256", "roles")
MOST_NOTE: Final = 200


class TokenFileError(AccessFileError):
    """The token file can't be used."""


@dataclass(frozen=True, slots=True)
class TokenEntry:
    """One token: its SHA-256, and whom it lets in."""

    digest: str
    principal: Principal
    note: str = ""


@dataclass(frozen=True, slots=True)
class Entries:
    """A token file that was read. `warnings` are what to mend; neither they nor faults quote a digest."""

    source: Source
    all: Sequence[TokenEntry]
    warnings: Sequence[str]


def read_entries(path: Path) -> Entries:
    """The entries of a file, in its order. Raises TokenFileError with all faults."""
    try:
        return _entries(read_source(path, str(path)))
    except PolicyFaults as error:
        raise TokenFileError(tuple(map(str, error.faults))) from None


def parse_entries(text: str, name: str) -> Entries:
    """The entries of a text, in its order; `name` is what faults call it. Raises TokenFileError with all faults."""
    try:
        return _entries(compose(text, name))
    except PolicyFaults as error:
        raise TokenFileError(tuple(map(str, error.faults))) from None


def _entries(source: Source) -> Entries:
    if faults := sorted(_faults(source)):
        raise PolicyFaults(faults)
    entries: Any = source.data
    return Entries(source, tuple(map(_entry, entries)), tuple(map(str, _idle(source))))


def _idle(source: Source) -> Iterator[PolicyFault]:
    """People whom no task would ever reach, which nothing else would tell them."""
    entries: Any = source.data
    for index, entry in enumerate(entries):
        human = [role for role in entry["roles"] if role in HUMAN]
        if human and not entry.get("queues"):
            message = f"`{entry['principal']}` is a {human[0]} without `queues`, so no task ever arrives"
            yield source.fault((index, "principal"), message, 'queues: ["*"], or the names of some')


def _entry(entry: Mapping[str, Any]) -> TokenEntry:
    digest = entry["sha256"]
    until = moment(entry.get("expire_time"))
    principal = rights_of(entry).of(entry["principal"], expire_time=until, credential=digest)
    return TokenEntry(digest, principal, entry.get("note", ""))


def _faults(source: Source) -> Iterator[PolicyFault]:
    entries = source.data
    if not isinstance(entries, list) or not entries:
        yield source.fault((), "must be a list with one entry or more", "- principal: NAME, with sha256 and roles")
        return
    seen: dict[str, int] = {}
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            yield source.fault((index,), "must be an entry", f"keys {one_of(_KEYS)}")
            continue
        yield from _entry_faults(source, index, entry)
        digest = entry.get("sha256")
        if isinstance(digest, str) and seen.setdefault(digest, index) != index:
            first = source.values[(seen[digest], "sha256")].line
            yield source.fault((index, "sha256"), f"is the same token as in line {first}", "one token, one entry")


def _entry_faults(source: Source, index: int, entry: Mapping[str, Any]) -> Iterator[PolicyFault]:
    yield from key_faults(source, (index,), entry, _KEYS)
    for key in _NEEDED:
        if key not in entry:
            yield source.fault((index,), f"`{key}` is missing")
    if "principal" in entry:
        yield from name_fault(source, (index, "principal"), entry["principal"])
    digest, note = entry.get("sha256"), entry.get("note", "")
    if "sha256" in entry and not (isinstance(digest, str) and _DIGEST.fullmatch(digest)):
        yield source.fault((index, "sha256"), "is no SHA-256", "64 lower-case hexadecimal digits, of the whole token")
    yield from rights_faults(source, (index,), entry)
    if "expire_time" in entry and moment(entry["expire_time"]) is None:
        yield source.fault((index, "expire_time"), "is no time", "2027-01-31, or 2027-01-31T18:00:00Z with its zone")
    if not (isinstance(note, str) and len(note) <= MOST_NOTE and note.isprintable()):
        yield source.fault((index, "note"), "is no note", f"one line in words, at most {MOST_NOTE} characters")
