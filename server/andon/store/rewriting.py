"""Sealing what a store held before it was encrypted: what is still plain, and how it stands from then on.

It may be ended at any time and begun again, and servers may work meanwhile: what they write is sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

from andon.store.codec import json_object
from andon.store.sealing import BEGINS, Cell, Key, Sealer, marks, sealed

AT_ONCE: Final = 100
"""Decisions, or words beside the ledger, that are sealed in one transaction."""
_EMPTY: Final = ("", "{}", "[]")
_CONTENTS: Final = ("prediction", "input", "reasoning", "comment", "corrected_prediction")
_ATTRIBUTES: Final = "attributes"


class Part(NamedTuple):
    """What hangs on decisions: the table, the statement that reads it by `ids`, the one that writes a row, the columns
    and what they are sealed as, and the column that says which of the decision's rows it is.
    """

    table: str
    read: str
    change: str
    columns: Mapping[str, str]
    row: str


PARTS: Final = (
    Part(
        "review",
        "reviews_of_decisions",
        "rewrite_review",
        {
            "comment": "review_comment",
            "corrected_prediction": "review_correction",
            "changed_fields": "review_changed",
            "shown": "review_shown",
        },
        "task_id",
    ),
    Part(
        "appeal",
        "appeals_of_decisions",
        "rewrite_appeal",
        {"reason": "appeal_reason", "comment": "appeal_comment", "corrected_prediction": "appeal_correction"},
        "level",
    ),
    Part("task", "tasks_of_decisions", "rewrite_task", {"note": "note"}, "level"),
)
EARLIER: Final = Part(
    "earlier_proposal",
    "earlier_proposals_of_decisions",
    "rewrite_earlier_proposal",
    {"body": "earlier_body"},
    "amendment",
)
"""Not sealed with the key of its decision, but with that of whom it was about."""
WORDS: Final = Part("ledger_words", "words_of_decisions", "rewrite_words", {"words": "words"}, "")
HOLDS: Final = Part("legal_hold", "all_holds", "rewrite_hold", {"reason": "hold_reason"}, "id")


@dataclass(frozen=True, slots=True)
class PlainCount:
    """How many decisions, with all that hangs on them, words beside the ledger and legal holds are not all sealed."""

    decisions: int
    words: int
    holds: int

    def __bool__(self) -> bool:
        return bool(self.decisions or self.words or self.holds)


class Rewriting(Protocol):
    """What an engine does for it: each a transaction of its own. StoreUnusable, SealBroken."""

    async def count(self) -> PlainCount:
        """What is left. Reads the store whole."""
        ...

    async def decisions(self, after: str, limit: int) -> str:
        """Seals the next decisions behind an id that are not; gives the last one's id, "" where there was none."""
        ...

    async def words(self, after: int, limit: int) -> int:
        """The same for words beside the ledger, by their entries' sequences; 0 where there was none."""
        ...

    async def holds(self) -> None:
        """Seals the reasons of all legal holds."""
        ...

    async def finish(self) -> bool:
        """Has no plain text be believed from now on. False where the store has said so before."""
        ...

    async def scrub(self) -> bool:
        """Cuts off the log that holds what was plain, where it is the store's own to cut. False where a reader keeps it
        for now.
        """
        ...


async def rewrite(rewriting: Rewriting, tell: Callable[[int], None]) -> PlainCount:
    """Seals all that is plain, and has none be believed from then on; gives what is left, which is nothing.

    `tell` is told the number of transactions now and then. Something is left only where somebody goes on writing plain
    text: then plain text is believed as before.
    """
    done, id, sequence = 0, "", 0
    while id := await rewriting.decisions(id, AT_ONCE):
        tell(done := done + 1)
    while sequence := await rewriting.words(sequence, AT_ONCE):
        tell(done := done + 1)
    await rewriting.holds()
    if not (left := await rewriting.count()):
        await rewriting.finish()
    return left


def is_plain(sealer: Sealer, value: object) -> bool:
    """Whether there is something in a column that is to be sealed, and is not."""
    return isinstance(value, str) and value not in _EMPTY and not value.startswith(marks(sealer))


def keyed_by(row: Mapping[str, Any]) -> str:
    """The decision whose key seals a row; empty for what no erasure takes, and so no destroyed key."""
    return str(row.get("keyed_by", row["decision_id"]))


def rewritten(sealer: Sealer, key: Key, part: Part, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """A row of a part as it is to stand; None where it does."""
    found = {
        name: sealed(sealer, key, Cell(row["decision_id"], column, row[part.row] if part.row else ""), row[name])
        for name, column in part.columns.items()
        if is_plain(sealer, row[name])
    }
    return {**row, **found} if found else None


def former_subject(sealer: Sealer, row: Mapping[str, Any]) -> str:
    """Whom an earlier proposal was about that is not sealed; empty for nobody, and for one that is."""
    if not is_plain(sealer, row["body"]):
        return ""
    return str(json_object(row["body"])["attributes"].get("subject") or "")


def rewritten_proposal(sealer: Sealer, key: Key, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """An earlier proposal as it is to stand; None where it does. `key` is that of whom it was about."""
    found = rewritten(sealer, key, EARLIER, row)
    subject = former_subject(sealer, row)
    if found is None or not subject:
        return found
    return {**found, "subject": sealer.subjects(subject)[-1], "data_key": key.id}


def subject_of(row: Mapping[str, Any]) -> str:
    """Whom a decision is about that was recorded before the encryption."""
    return str(json_object(row[_ATTRIBUTES]).get("subject") or "")


def rewritten_decision(sealer: Sealer, key: Key, row: Mapping[str, Any]) -> dict[str, Any]:
    """A decision as it is to stand. `key` is that of its subject, and stands beside it unless it was erased."""
    found = dict(row)
    for name in (_ATTRIBUTES, *_CONTENTS):
        if is_plain(sealer, row[name]):
            found[name] = sealed(sealer, key, Cell(row["id"], name), row[name])
    if row["data_key"] is None and row["erase_time"] is None:
        subject = subject_of(row) if is_plain(sealer, row[_ATTRIBUTES]) else row["subject"]
        found |= {"data_key": key.id, "subject": sealer.subjects(subject)[-1]}
    return found


def plain_decisions(sealer: Sealer, join: str) -> str:
    """The condition that a decision `d`, or what hangs on it, is not all sealed. `join` says that `x` hangs on it."""
    own = [_plain(sealer, f"d.{name}") for name in _CONTENTS]
    own += [_plain(sealer, f"d.{_ATTRIBUTES}", *BEGINS.values()), "(d.data_key IS NULL AND d.erase_time IS NULL)"]
    for part in (*PARTS, EARLIER):
        any_ = " OR ".join(_plain(sealer, f"x.{name}") for name in part.columns)
        own.append(f"EXISTS (SELECT 1 FROM {part.table} x WHERE {join} AND ({any_}))")  # nosec B608  # names of ours
    return f"AND ({' OR '.join(own)})"


def plain_words(sealer: Sealer) -> str:
    """The condition that the words `w` beside an entry of the ledger are not sealed."""
    return f"AND {_plain(sealer, 'w.words')}"


def plain_holds(sealer: Sealer) -> str:
    """The condition that a legal hold `h` is not sealed."""
    return f"AND {_plain(sealer, 'h.reason')}"


def _plain(sealer: Sealer, column: str, *begins: str) -> str:
    """That a column has something in it, and not the mark at its beginning or behind one of these beginnings."""
    words = [f"{column} <> '{value}'" for value in _EMPTY]
    length = len(sealer.mark)
    words += [f"substr({column}, {1 + len(begin)}, {length}) <> '{sealer.mark}'" for begin in begins or ("",)]
    return f"({' AND '.join(words)})"
