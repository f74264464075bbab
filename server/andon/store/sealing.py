"""What is sealed of a store whose contents are encrypted: which values, by which keys, and how they are read again.

How that is done stands in `andon.vault`. Here is what engines know of it: values by the names of their columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

from andon.store import codec
from andon.store.ledger import Draft, LedgerKind
from andon.store.recorded import Entry

SECRET: Final = "encryption_key"
"""The store's key, itself encrypted by the key service, among the secrets of the store."""
NOBODY: Final = ""
"""The subject of what is about none."""

TRIES: Final = 4
"""How often what a destroyed key sealed is sealed anew before the store is called unavailable."""

Row: TypeAlias = tuple[Any, ...]

# By statement: the values that are sealed, and the column they are sealed as. The same words stand where they are read.
SEALED: Final[Mapping[str, Mapping[str, str]]] = {
    "amend_if_open": {name: name for name in ("attributes", "prediction", "input", "reasoning")},
    "cancel_if_open": {"comment": "comment"},
    "resolve_if_open": {"comment": "comment", "corrected_prediction": "corrected_prediction"},
    "resolve_appeal_if_open": {"comment": "appeal_comment", "corrected_prediction": "appeal_correction"},
    "insert_review": {
        "comment": "review_comment",
        "corrected_prediction": "review_correction",
        "changed_fields": "review_changed",
    },
    "insert_appeal": {"reason": "appeal_reason"},
    "keep_earlier_proposal": {"body": "earlier_body"},
}
_OBJECTS: Final = frozenset(
    {"attributes", "prediction", "input", "corrected_prediction", "appeal_correction", "review_correction"}
)
_LIST: Final = "review_changed"
# Entries that hold words of people or callers. All others hold names, numbers and hashes.
_WORDED: Final = frozenset(
    kind.value
    for kind in (
        LedgerKind.REVIEWED,
        LedgerKind.CANCELLED,
        LedgerKind.RELEASED,
        LedgerKind.ESCALATED,
        LedgerKind.EXTENDED,
        LedgerKind.APPEALED,
        LedgerKind.ERASED,
        LedgerKind.HELD,
        LedgerKind.FREED,
        LedgerKind.EXPORTED,
    )
)
_PROOF: Final = "body_hash"
# Of a decision's attributes SQL asks one thing.
_ATTRIBUTES: Final = "attributes"
_BEGINS: Final = {True: '{"irreversible":true,"sealed":"', False: '{"sealed":"'}
_END: Final = '"}'
_COLUMNS: Final = codec.DECISION_COLUMNS.split(", ")[1:]
_SUBJECT: Final = _COLUMNS.index("subject")
_DATA_KEY: Final = _COLUMNS.index("data_key")
_CONTENTS: Final = tuple(
    (_COLUMNS.index(name), name)
    for name in ("attributes", "prediction", "input", "reasoning", "comment", "corrected_prediction")
)


class VaultClosed(Exception):
    """The store's key can't be had: its words say why, and hold no key."""


class SealBroken(Exception):
    """What was sealed is not what was written, or not where it was written."""


class KeyGone(Exception):
    """The key of a subject was destroyed while something was about to be sealed with it: make it anew."""


class KeyRow(NamedTuple):
    """A row of `subject_key`: the keyed hash of the subject, and its key, encrypted with the store's."""

    id: int
    subject: str
    wrapped: str


class Sealing(Protocol):
    """What others than the engines know of it."""

    def subjects(self, subject: str) -> tuple[str, ...]:
        """What the column `subject` may hold for it; the last is what it holds from now on."""
        ...


class Plain:
    """Nothing is encrypted."""

    def subjects(self, subject: str) -> tuple[str, ...]:
        """See `Sealing`."""
        return (subject,)


PLAIN: Final = Plain()


class Sealer(Sealing, Protocol):
    """What seals and opens. It keeps the keys it has met, so many at most, and may be used from any thread."""

    @property
    def mark(self) -> str:
        """What everything sealed begins with, and nothing else: nobody can guess it."""
        ...

    def hashed(self, subject: str) -> str:
        """What stands in `subject_key` for it."""
        ...

    def key_of(self, subject: str) -> int | None:
        """The id of a subject's key; None where it has not been met."""
        ...

    def holds(self, key: int) -> bool:
        """Whether that key has been met, or that it was destroyed."""
        ...

    def make(self, subject: str) -> KeyRow:
        """A new key, which counts once it is stored: give `learn` what is."""
        ...

    def learn(self, row: KeyRow) -> None:
        """Remembers a key as it is stored. SealBroken where the store's key did not encrypt it."""
        ...

    def miss(self, key: int) -> None:
        """Remembers that a key was destroyed: none is ever made under its id again."""
        ...

    def forget(self) -> None:
        """Forgets all keys: what is stored may be others."""
        ...

    def seal(self, key: int, decision_id: str, column: str, text: str) -> str:
        """The text, encrypted. It opens as this column of this decision alone. KeyGone where the key is not held."""
        ...

    def key_in(self, sealed: str) -> int:
        """The id of the key that something was sealed with. SealBroken."""
        ...

    def open(self, decision_id: str, column: str, sealed: str) -> str | None:
        """The reverse of `seal`; None where the key was destroyed. SealBroken."""
        ...


class Vault(Protocol):
    """Where the key of a store comes from."""

    async def unlock(self, kept: bytes | None) -> tuple[Sealer, bytes]:
        """What seals, and the store's key as it is kept: a new one where none is. VaultClosed."""
        ...


class Keys(Protocol):
    """The table `subject_key` of an engine. StoreUnavailable."""

    async def find(self, subjects: Sequence[str]) -> Sequence[KeyRow]:
        """Those of these hashes that there are."""
        ...

    async def keep(self, rows: Sequence[KeyRow]) -> Sequence[KeyRow]:
        """Stores keys, but none beside another of its subject, and gives those that stand there then."""
        ...


class Places(NamedTuple):
    """Where in a statement's rows what may be sealed stands, under which names, and the decision it is about."""

    home: int | None
    names: tuple[str, ...]


def places(names: Sequence[str]) -> Places:
    """The same, by the names of a statement's columns."""
    home = next((names.index(name) for name in ("decision_id", "id") if name in names), None)
    return Places(home, tuple(names))


def marks(sealer: Sealer) -> tuple[str, ...]:
    """What a value that was sealed may begin with."""
    return (sealer.mark, *(f"{begin}{sealer.mark}" for begin in _BEGINS.values()))


def keys_in(sealer: Sealer, rows: Iterable[Row]) -> set[int]:
    """The keys it takes to open these rows that have not been met."""
    begins = marks(sealer)
    sealed = (_bare(value)[0] for row in rows for value in row if value.__class__ is str and value.startswith(begins))
    return {key for key in map(sealer.key_in, sealed) if not sealer.holds(key)}


def opened(sealer: Sealer, where: Places, row: Row) -> Row:
    """The row as it was before it was sealed. What a destroyed key sealed is what an erased field holds. SealBroken."""
    begins = marks(sealer)
    if not any(value.__class__ is str and value.startswith(begins) for value in row):
        return row
    if where.home is None:
        raise SealBroken("sealed, and nothing says of which decision")
    home = row[where.home] or ""
    proves = _PROOF in where.names  # then what is broken does not fit its hash, and the entry is named
    found = list(row)
    for place, value in enumerate(row):
        if value.__class__ is str and value.startswith(begins):
            found[place] = _opened(sealer, home, where.names[place], value, proves=proves)
    return tuple(found)


def _opened(sealer: Sealer, decision_id: str, column: str, sealed: str, *, proves: bool) -> str:
    bare, shows = _bare(sealed)
    try:
        text = sealer.open(decision_id, _bound(column, shows), bare)
    except SealBroken:
        if proves:
            return sealed
        raise
    if text is not None:
        return text
    return "{}" if column in _OBJECTS else "[]" if column == _LIST else ""


def _bare(sealed: str) -> tuple[str, bool | None]:
    """What is sealed without what stands around it for SQL, and what that shows."""
    for shows, begin in _BEGINS.items():
        if sealed.startswith(begin):
            return sealed[len(begin) : -len(_END)], shows
    return sealed, None


def _bound(column: str, shows: bool | None) -> str:
    """What a value is sealed as: nobody can show something else around it."""
    return column if shows is None else f"{column} {shows}"


def sealed_values(sealer: Sealer, key: int, decision_id: str, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a statement of SEALED, those sealed that are to be."""
    found = dict(values)
    for value, column in SEALED[name].items():
        found[value] = sealed(sealer, key, decision_id, column, found[value])
    return found


def sealed(sealer: Sealer, key: int, decision_id: str, column: str, text: str | None) -> str | None:
    """One value; where there is nothing to hide it stays."""
    if not text:
        return text
    if column != _ATTRIBUTES:
        return sealer.seal(key, decision_id, column, text)
    shows = '"irreversible":true' in text and codec.json_object(text).get("irreversible") is True
    return f"{_BEGINS[shows]}{sealer.seal(key, decision_id, _bound(column, shows), text)}{_END}"


def is_worded(draft: Draft) -> bool:
    """Whether the body of an entry is sealed. Its hash is that of what it says."""
    return str(draft.kind) in _WORDED


async def seal_entries(sealer: Sealer, keys: Keys, entries: Sequence[Entry]) -> None:
    """Seals what admissions bring, each with the key of its subject. StoreUnavailable."""
    subjects = [entry.values[_SUBJECT] for entry in entries]
    found = await keys_of_subjects(sealer, keys, subjects)
    for entry, subject in zip(entries, subjects, strict=True):
        entry.values = _sealed_row(sealer, found[subject], entry.admission.decision.id, entry.values)


def _sealed_row(sealer: Sealer, key: int, decision_id: str, row: Row) -> Row:
    values = list(row)
    values[_SUBJECT] = sealer.subjects(row[_SUBJECT])[-1]
    values[_DATA_KEY] = key
    for place, column in _CONTENTS:
        values[place] = sealed(sealer, key, decision_id, column, row[place])
    return tuple(values)


async def keys_of_subjects(sealer: Sealer, keys: Keys, subjects: Iterable[str]) -> dict[str, int]:
    """The ids of the keys of subjects; those that have none get one. StoreUnavailable."""
    found = {subject: sealer.key_of(subject) for subject in subjects}
    unknown = [subject for subject, key in found.items() if key is None]
    if unknown:
        stored = {row.subject: row for row in await keys.find([sealer.hashed(subject) for subject in unknown])}
        missing = [subject for subject in unknown if sealer.hashed(subject) not in stored]
        found |= {subject: sealer.key_of(subject) for subject in missing}  # another may have made it meanwhile
        fresh = [sealer.make(subject) for subject in missing if found[subject] is None]
        if fresh:
            stored |= {row.subject: row for row in await keys.keep(fresh)}
        for subject in unknown:
            if found[subject] is None:
                row = stored[sealer.hashed(subject)]
                sealer.learn(row)
                found[subject] = row.id
    return {subject: key for subject, key in found.items() if key is not None}
