"""What an entry of the token or identity file may say of somebody's rights, with every fault at its line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from andon.domain.principal import Principal, Role
from andon.policy.faults import PolicyFault, did_you_mean, one_of
from andon.policy.model import ACTION
from andon.policy.source import Path_, Source

RIGHTS: Final = ("roles", "skills", "queues", "groups", "actions")
HUMAN: Final = frozenset({Role.REVIEWER.value, Role.LEAD.value})
ALL: Final = frozenset({"*"})
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}")
_OURS: Final = frozenset({"server", "deadline"})
_OUR_PREFIXES: Final = ("rule:", "policy:")
_WORD: Final = re.compile(r"\*|[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_ACTION: Final = re.compile(rf"[*]|{ACTION}([.][*])?")
_ROLES: Final = tuple(role.value for role in Role)
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d([.]\d{1,6})?)?([Zz]|[+-]\d\d:\d\d))?", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class AccessFileError(ValueError):
    """A file that says who may call can't be used. `faults` holds every fault, each with its line."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody may do; the words are those of `Principal`. No `actions`: nothing is said of them."""

    roles: frozenset[Role] = frozenset()
    skills: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()

    def of(self, name: str, *, on_behalf_of: str = "", expire_time: int | None = None, credential: str) -> Principal:
        """The principal of that name with these rights. Where nothing is said of actions, they are all covered."""
        return Principal(
            name,
            self.roles,
            self.skills,
            self.queues,
            self.groups,
            self.actions or ALL,
            on_behalf_of=on_behalf_of,
            expire_time=expire_time,
            credential=credential,
        )


def rights_of(entry: Mapping[str, Any]) -> Rights:
    """The rights of an entry without faults."""
    roles = frozenset(map(Role, entry.get("roles", ())))
    return Rights(roles, *(frozenset(entry.get(key, ())) for key in RIGHTS[1:]))


def together(several: Iterable[Rights]) -> Rights:
    """What several entries give to one. An entry that says nothing of a bound does not lift that of another."""
    made = Rights()
    for each in several:
        made = Rights(*(getattr(made, key) | getattr(each, key) for key in RIGHTS))
    return made


def grows(rights: Rights, by: Rights) -> bool:
    """Whether somebody who has both has a role of `rights` beyond the bound that stands beside it."""
    others = by.roles | ({Role.REVIEWER} if Role.LEAD in by.roles else frozenset())
    alone = rights.roles - others
    actions = bool(alone and rights.actions) and not all(_within(each, rights.actions) for each in by.actions)
    works = any(role.value in HUMAN for role in alone) and bool(rights.queues)
    return actions or (works and not (rights.queues >= ALL or by.queues <= rights.queues))


def _within(action: str, bounds: Collection[str]) -> bool:
    above = (f"{action[:end]}.*" for end, letter in enumerate(action) if letter == ".")
    return not ALL.isdisjoint(bounds) or action in bounds or any(each in bounds for each in above)


def key_faults(source: Source, path: Path_, keys: Iterable[str], known: Collection[str]) -> Iterator[PolicyFault]:
    """Keys that nobody knows."""
    for key in keys:
        if key not in known:
            advice = did_you_mean(key, known) or one_of(tuple(known))
            yield source.fault((*path, key), f"unknown key `{key}`", advice, key=True)


def rights_faults(source: Source, path: Path_, entry: Mapping[str, Any]) -> Iterator[PolicyFault]:
    """What is wrong with the rights that an entry names."""
    for key in RIGHTS:
        yield from _list_faults(source, (*path, key), entry, key)


def name_fault(source: Source, path: Path_, name: Any) -> Iterator[PolicyFault]:
    """What is wrong with a principal's name."""
    if not (isinstance(name, str) and NAME.fullmatch(name)):
        yield source.fault(path, "is no name", "letters, digits, and . _ @ + - inside; at most 128")
    elif is_ours(name):
        yield source.fault(path, f"`{name}` is what the server calls itself", "another name")


def is_ours(name: str) -> bool:
    """Whether the server itself acts by that name in decisions and in the ledger, so that nobody else may have it."""
    return name in _OURS or name.startswith(_OUR_PREFIXES)


def _list_faults(source: Source, path: Path_, entry: Mapping[str, Any], key: str) -> Iterator[PolicyFault]:
    words = entry.get(key, [])
    if not isinstance(words, list) or (key in ("roles", "actions") and key in entry and not words):
        yield source.fault(path, f"`{key}` must be a list of words", f"for example [{_example(key)}]")
        return
    for place, word in enumerate(words):
        if fault := word_fault(key, word):
            yield source.fault((*path, place), *fault)


def _example(key: str) -> str:
    return {"actions": "refund.*"}.get(key, "reviewer")


def word_fault(key: str, word: Any) -> tuple[str, str] | None:
    """What is wrong with a word in the list of these rights, and what to write instead; None where nothing."""
    if key == "roles":
        known = did_you_mean(str(word), _ROLES) or one_of(_ROLES)
        return None if word in _ROLES else (f"unknown role `{word}`", known)
    if key == "groups" and word == "*":
        return "nobody is in all groups", "the names of the groups"
    if key == "actions":
        fits = isinstance(word, str) and _ACTION.fullmatch(word)
        return None if fits else ("is no action", "an action such as refund.issue, refund.* for all below, or *")
    if isinstance(word, str) and _WORD.fullmatch(word):
        return None
    return "is no name", "letters, digits, and _ . - inside, or `*` for all"


def moment(text: Any) -> int | None:
    """A time in µs as ISO 8601 writes it, with its zone; a date alone is its first moment in UTC. None for others."""
    if not isinstance(text, str) or not _MOMENT.fullmatch(text):
        return None
    try:
        found = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return (found - _EPOCH) // _MICROSECOND


def in_words(time: int) -> str:
    """A time in µs as ISO 8601 in UTC, in whole seconds, rounded down."""
    return f"{(_EPOCH + timedelta(microseconds=time)).replace(microsecond=0, tzinfo=None).isoformat()}Z"
