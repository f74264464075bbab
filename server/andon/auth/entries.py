"""Reads the token file into principals, with every fault at its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from andon.domain.principal import Principal, Role
from andon.policy.faults import PolicyFault, PolicyFaults, did_you_mean, one_of
from andon.policy.source import Source, read_source

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}")
_WORD: Final = re.compile(r"\*|[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_ROLES: Final = tuple(role.value for role in Role)
_HUMAN: Final = (Role.REVIEWER.value, Role.LEAD.value)
_KEYS: Final = ("principal", "sha256", "roles", "skills", "queues", "groups")
_NEEDED: Final = ("principal", "sha256", "roles")


class TokenFileError(ValueError):
    """The token file can't be used. `faults` holds every fault, each with its line."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


def read_entries(path: Path) -> tuple[Mapping[str, Principal], tuple[str, ...]]:
    """Principals by the SHA-256 of their tokens, and warnings. Raises TokenFileError with all faults.

    Neither quotes a digest.
    """
    try:
        source = read_source(path, str(path))
    except PolicyFaults as error:
        raise TokenFileError(tuple(map(str, error.faults))) from None
    faults = sorted(_faults(source))
    if faults:
        raise TokenFileError(tuple(map(str, faults)))
    entries: Any = source.data
    return {entry["sha256"]: _principal(entry) for entry in entries}, tuple(map(str, _idle(source)))


def _idle(source: Source) -> Iterator[PolicyFault]:
    """People whom no task would ever reach, which nothing else would tell them."""
    entries: Any = source.data
    for index, entry in enumerate(entries):
        human = [role for role in entry["roles"] if role in _HUMAN]
        if human and not entry.get("queues"):
            message = f"`{entry['principal']}` is a {human[0]} without `queues`, so no task ever arrives"
            yield source.fault((index, "principal"), message, 'queues: ["*"], or the names of some')


def _principal(entry: Mapping[str, Any]) -> Principal:
    return Principal(
        name=entry["principal"],
        roles=frozenset(map(Role, entry["roles"])),
        skills=frozenset(entry.get("skills", ())),
        queues=frozenset(entry.get("queues", ())),
        groups=frozenset(entry.get("groups", ())),
    )


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
    for key in entry:
        if key not in _KEYS:
            advice = did_you_mean(key, _KEYS) or one_of(_KEYS)
            yield source.fault((index, key), f"unknown key `{key}`", advice, key=True)
    for key in _NEEDED:
        if key not in entry:
            yield source.fault((index,), f"`{key}` is missing")
    name, digest = entry.get("principal"), entry.get("sha256")
    if "principal" in entry and not (isinstance(name, str) and _NAME.fullmatch(name)):
        yield source.fault((index, "principal"), "is no name", "letters, digits, and . _ @ + - inside; at most 128")
    if "sha256" in entry and not (isinstance(digest, str) and _DIGEST.fullmatch(digest)):
        yield source.fault((index, "sha256"), "is no SHA-256", "64 lower-case hexadecimal digits, of the whole token")
    yield from _list_faults(source, index, entry, "roles")
    yield from _list_faults(source, index, entry, "skills")
    yield from _list_faults(source, index, entry, "queues")
    yield from _list_faults(source, index, entry, "groups")


def _list_faults(source: Source, index: int, entry: Mapping[str, Any], key: str) -> Iterator[PolicyFault]:
    words = entry.get(key, [])
    if not isinstance(words, list) or (key == "roles" and key in entry and not words):
        yield source.fault((index, key), f"`{key}` must be a list of words", "for example [reviewer]")
        return
    for place, word in enumerate(words):
        if key == "roles" and word not in _ROLES:
            advice = did_you_mean(str(word), _ROLES) or one_of(_ROLES)
            yield source.fault((index, key, place), f"unknown role `{word}`", advice)
        elif key == "groups" and word == "*":
            yield source.fault((index, key, place), "nobody is in all groups", "the names of the groups")
        elif not (isinstance(word, str) and _WORD.fullmatch(word)):
            yield source.fault((index, key, place), "is no name", "letters, digits, and _ . - inside, or `*` for all")
