"""What is sealed of a store whose contents are encrypted: which values, by which keys, and how they are read again.

How that is done stands in `andon.vault`. Here is what engines know of it: values by the names of their columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

from andon.store import codec
from andon.store.recorded import Entry
from andon.store.report import inform, warn

SECRET: Final = "encryption_key"
"""The store's key, itself encrypted by the key service, among the secrets of the store."""
STATE: Final = "encryption_state"
"""Beside it: whether all of the store is sealed (`Sealer.state`)."""
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
        "shown": "review_shown",
    },
    "insert_appeal": {"reason": "appeal_reason"},
    "keep_earlier_proposal": {"body": "earlier_body"},
    "insert_hold": {"reason": "hold_reason"},
    "erase_decision": {"attributes": "attributes"},
    "erase_shown": {"shown": "review_shown"},
    "erase_earlier_proposal": {"body": "earlier_body"},
}
OF_NOBODY: Final = frozenset({"insert_hold", "erase_decision", "erase_shown", "erase_earlier_proposal"})
"""Statements whose values are sealed with the key of what is about no subject: a subject's own is destroyed."""
# Which of a statement's values says what row of the decision it is about, where there may be several.
_ROWS: Final = {
    "insert_review": "task_id",
    "erase_shown": "task_id",
    "insert_appeal": "level",
    "resolve_appeal_if_open": "level",
    "keep_earlier_proposal": "amendment",
    "erase_earlier_proposal": "amendment",
    "insert_hold": "id",
}
OBJECTS: Final = frozenset(
    {"attributes", "prediction", "input", "corrected_prediction", "appeal_correction", "review_correction"}
)
LIST: Final = "review_changed"
# Of a decision's attributes SQL asks one thing.
_ATTRIBUTES: Final = "attributes"
BEGINS: Final = {True: '{"irreversible":true,"sealed":"', False: '{"sealed":"'}
END: Final = '"}'
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


class Cell(NamedTuple):
    """Where a value stands: the decision, the column, and which of the decision's rows, where there may be several."""

    decision_id: str
    column: str
    row: str | int = ""

    def __str__(self) -> str:
        return f"{self.column} of decisions/{self.decision_id}"


class KeyRow(NamedTuple):
    """A row of `subject_key`: the keyed hash of the subject, and its key, encrypted with the store's.

    Or one of `destroyed_key`: then there is no subject, and `wrapped` is the proof that it was destroyed.
    """

    id: int
    subject: str | None
    wrapped: str


class Key(Protocol):
    """A key that somebody works with."""

    @property
    def id(self) -> int:
        """What stands beside what it sealed."""
        ...


Held: TypeAlias = Mapping[int, "Key | None"]
"""The keys that a piece of work needs, by their ids; None for one that was destroyed."""


class Sealing(Protocol):
    """What others than the engines know of it."""

    def subjects(self, subject: str) -> tuple[str, ...]:
        """What the column `subject` may hold for it; the last is what it holds from now on."""
        ...

    def destroyed(self, key: int) -> str:
        """The proof that a key was destroyed, which nobody can make without the store's."""
        ...


class Plain:
    """Nothing is encrypted."""

    def subjects(self, subject: str) -> tuple[str, ...]:
        """See `Sealing`."""
        return (subject,)

    def destroyed(self, key: int) -> str:
        """See `Sealing`. There are no keys."""
        return ""


PLAIN: Final = Plain()


class Sealer(Sealing, Protocol):
    """What seals and opens. It remembers keys, so many at most, and may be used from any thread."""

    whole: bool
    """Whether all of the store is sealed: then plain text where there should be none is SealBroken."""

    @property
    def mark(self) -> str:
        """What everything sealed begins with."""
        ...

    def hashed(self, subject: str) -> str:
        """What stands in `subject_key` for it."""
        ...

    def state(self, *, whole: bool) -> bytes:
        """What the store keeps of whether all of it is sealed; nobody can make it without the store's key."""
        ...

    def follow(self, state: bytes | None) -> None:
        """Goes by what the store has kept. SealBroken where that is neither."""
        ...

    def key_of(self, subject: str) -> Key | None:
        """A subject's key; None where it is not remembered."""
        ...

    def known(self, ids: Iterable[int]) -> dict[int, Key | None]:
        """Those of these keys that are remembered, None for one that was destroyed."""
        ...

    def make(self, subject: str) -> KeyRow:
        """A new key, which counts once it is stored: give `learn` what is."""
        ...

    def learn(self, row: KeyRow) -> Key | None:
        """Remembers a key as it is stored; None where it was destroyed. SealBroken where the row proves neither."""
        ...

    def forget(self) -> None:
        """Forgets all keys: what is stored may be others."""
        ...

    def seal(self, key: Key, cell: Cell, text: str) -> str:
        """The text, encrypted. It opens in this cell alone."""
        ...

    def key_in(self, sealed: str) -> int:
        """The id of the key that something was sealed with. SealBroken."""
        ...

    def open(self, held: Held, cell: Cell, sealed: str) -> str | None:
        """The reverse of `seal`; None where the key was destroyed. SealBroken, also where the key is not held."""
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


def sealed_values(sealer: Sealer, key: Key, decision_id: str, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a statement of SEALED, those sealed that are to be."""
    found = dict(values)
    row = values[_ROWS[name]] if name in _ROWS else ""
    for value, column in SEALED[name].items():
        found[value] = sealed(sealer, key, Cell(decision_id, column, row), found[value])
    return found


def sealed(sealer: Sealer, key: Key, cell: Cell, text: str | None) -> str | None:
    """One value; where there is nothing to hide it stays."""
    if not text:
        return text
    if cell.column != _ATTRIBUTES:
        return sealer.seal(key, cell, text)
    shows = '"irreversible":true' in text and codec.json_object(text).get("irreversible") is True
    return f"{BEGINS[shows]}{sealer.seal(key, bound(cell, shows), text)}{END}"


def bare(sealed: str) -> tuple[str, bool | None]:
    """What is sealed without what stands around it for SQL, and what that shows."""
    for shows, begin in BEGINS.items():
        if sealed.startswith(begin):
            return sealed[len(begin) : -len(END)], shows
    return sealed, None


def bound(cell: Cell, shows: bool | None) -> Cell:
    """What a value is sealed as: nobody can show something else around it."""
    return cell if shows is None else cell._replace(row=str(shows))


def marks(sealer: Sealer) -> tuple[str, ...]:
    """What a value that was sealed may begin with."""
    return (sealer.mark, *(f"{begin}{sealer.mark}" for begin in BEGINS.values()))


def tell_of_plain_text(sealer: Sealer) -> None:
    """A store of which not all is sealed says so at each start."""
    if not sealer.whole:
        warn("store.plain_text_believed", why="it held some before it was encrypted: andon encryption rewrite")


def take_up(sealer: Sealer, state: bytes | None) -> None:
    """Has no plain text be believed from now on where the store says so since the start. Nothing undoes it."""
    if not sealer.whole and state == sealer.state(whole=True):
        sealer.whole = True
        inform("store.plain_text_refused", why="all of it is encrypted now")


async def seal_entries(sealer: Sealer, keys: Keys, entries: Sequence[Entry]) -> None:
    """Seals what admissions bring, each with the key of its subject. StoreUnavailable, SealBroken."""
    subjects = [entry.values[_SUBJECT] for entry in entries]
    found = await keys_of_subjects(sealer, keys, subjects)
    for entry, subject in zip(entries, subjects, strict=True):
        entry.values = _sealed_row(sealer, found[subject], entry.admission.decision.id, entry.values)


def _sealed_row(sealer: Sealer, key: Key, decision_id: str, row: Row) -> Row:
    values = list(row)
    values[_SUBJECT] = sealer.subjects(row[_SUBJECT])[-1]
    values[_DATA_KEY] = key.id
    for place, column in _CONTENTS:
        values[place] = sealed(sealer, key, Cell(decision_id, column), row[place])
    return tuple(values)


async def keys_of_subjects(sealer: Sealer, keys: Keys, subjects: Iterable[str]) -> dict[str, Key]:
    """The keys of subjects; those that have none get one. StoreUnavailable, SealBroken."""
    remembered = {subject: sealer.key_of(subject) for subject in subjects}
    found = {subject: key for subject, key in remembered.items() if key is not None}
    unknown = {sealer.hashed(subject): subject for subject in remembered if subject not in found}
    if not unknown:
        return found
    for row in await keys.find(list(unknown)):
        found[unknown.pop(str(row.subject))] = _living(sealer, row)
    for hashed, subject in list(unknown.items()):
        if (key := sealer.key_of(subject)) is not None:  # another has made it meanwhile
            found[unknown.pop(hashed)] = key
    fresh = [sealer.make(subject) for subject in unknown.values()]
    for row in await keys.keep(fresh) if fresh else ():
        found[unknown.pop(str(row.subject))] = _living(sealer, row)
    if unknown:
        raise KeyGone
    return found


def _living(sealer: Sealer, row: KeyRow) -> Key:
    key = sealer.learn(row)
    if key is None:
        raise KeyGone
    return key
