"""What retention writes of a decision: its rows as JSON, with words for numbers that are words in the contract."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from types import MappingProxyType
from typing import Any, Final, TypeAlias, cast

from andon.domain.canonical import Json, JsonObject, canonical, parse
from andon.domain.decision import Outcome, Route
from andon.domain.review import Verdict
from andon.domain.task import TaskKind, TaskState
from andon.store import opening
from andon.store.opening import Plan
from andon.store.sealing import Held, SealBroken, Sealer

Columns: TypeAlias = Mapping[str, Any]
"""A row by the names of its columns."""
_WORDS: Final[Mapping[str, type[IntEnum]]] = MappingProxyType(
    {"route": Route, "outcome": Outcome, "kind": TaskKind, "state": TaskState, "verdict": Verdict}
)
_JSON: Final = frozenset(
    {"reasons", "attributes", "prediction", "input", "corrected_prediction", "submitter_groups", "receipt"}
    | {"skills", "escalation_skills", "correction_schema", "presentation_shown", "plan_asked"}
    | {"changed_fields", "shown", "body", "words", "sensitive"}
)
BESIDE: Final = ("tasks", "reviews", "appeals", "redemptions", "barred", "earlier_proposals")
"""What is recorded of decisions beside themselves and the ledger's entries."""
_FLAGS: Final = frozenset({"sampled", "override", "saw_prediction"})
_SUBMISSION: Final = "entry_"
_LEDGER: Final = "ledger"
_DECISION: Final = "decision"
_WORDED: Final = "words"
_ATTRIBUTES: Final = "attributes"
# What columns are sealed as, where that is not their own name.
_SEALED_AS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "reviews": {
            "comment": "review_comment",
            "corrected_prediction": "review_correction",
            "changed_fields": "review_changed",
            "shown": "review_shown",
        },
        "appeals": {
            "reason": "appeal_reason",
            "comment": "appeal_comment",
            "corrected_prediction": "appeal_correction",
        },
        "earlier_proposals": {"body": "earlier_body"},
    }
)


def records(
    decisions: Sequence[Columns], beside: Mapping[str, Iterable[Columns]], entries: Iterable[Columns]
) -> list[JsonObject]:
    """One record for each decision, in their order; rows that concern none of them are left out.

    `decisions` bring the entries of their submissions in columns that begin with `entry_`; `beside` are the rows of
    each of BESIDE.
    """
    found = {row["id"]: _record(row) for row in decisions}
    for name, rows in (*beside.items(), (_LEDGER, entries)):
        for row in rows:
            if (record := found.get(row["decision_id"])) is not None:
                record[name].append(_object(row if name != _LEDGER else _without_none(row)))
    return list(found.values())


def is_sealed(record: JsonObject) -> bool:
    """Whether what a record says is encrypted."""
    return isinstance(cast("Any", record)[_DECISION]["input"], str)


def keys_to(sealer: Sealer, record: JsonObject) -> set[int]:
    """The keys that it takes to open a record. SealBroken."""
    found: set[int] = set()
    for part, row in _parts(record):
        plan, values = _planned(part, row)
        if plan is not None:
            found |= opening.keys_in(sealer, plan, (values,))
    return found


def opened(sealer: Sealer, held: Held, record: JsonObject) -> JsonObject:
    """A record as it was before it was sealed; what a destroyed key sealed is as an erased field. SealBroken."""
    parts = cast("Any", record)
    beside = {
        name: [_opened(sealer, held, name, row) for row in parts[name]] for name in (*BESIDE, _LEDGER) if name in parts
    }
    found = {**record, _DECISION: _opened(sealer, held, _DECISION, parts[_DECISION]), **beside}
    if is_sealed(found):
        raise SealBroken("another store's keys sealed it")
    return found


def _parts(record: Any) -> Iterator[tuple[str, JsonObject]]:
    yield _DECISION, record[_DECISION]
    for name in (*BESIDE, _LEDGER):
        yield from ((name, row) for row in record.get(name, ()))


def _planned(part: str, row: JsonObject) -> tuple[Plan | None, tuple[Any, ...]]:
    """What may be sealed of a row of a part, and its values as they stand in the store."""
    names = _SEALED_AS.get(part, {})
    return (
        opening.plan(tuple([names.get(name, name) for name in row])),
        tuple([_stored(name, value) for name, value in row.items()]),
    )


def _opened(sealer: Sealer, held: Held, part: str, row: JsonObject) -> JsonObject:
    plan, stored = _planned(part, row)
    if plan is None:
        return row
    found = opening.opened(sealer, held, plan, stored)
    each = zip(row.items(), stored, found, strict=True)
    return {name: value if text is before else _value(name, text) for (name, value), before, text in each}


def _stored(name: str, value: Any) -> Any:
    """As it stands in the store, where that may be sealed."""
    return canonical(value) if name == _ATTRIBUTES else value


def _record(row: Columns) -> dict[str, Any]:
    own = {name: value for name, value in row.items() if not name.startswith(_SUBMISSION)}
    entry = {name.removeprefix(_SUBMISSION): value for name, value in row.items() if name.startswith(_SUBMISSION)}
    ledger = [] if entry["sequence"] is None else [_object({**entry, "decision_id": row["id"]})]
    return {"decision": _object(own), **{name: [] for name in BESIDE}, _LEDGER: ledger}


def _without_none(entry: Columns) -> Columns:
    """An entry of the ledger; beside it no words where it has none, or they were erased."""
    return entry if entry.get(_WORDED) else {name: value for name, value in entry.items() if name != _WORDED}


def _object(row: Columns) -> JsonObject:
    return {name: _value(name, value) for name, value in row.items()}


def _value(name: str, value: Any) -> Json:
    """What this release does not know is written as it is stored."""
    if name in _FLAGS:
        return bool(value)
    if name in _JSON and isinstance(value, str):
        return _parsed(value)
    if name in _WORDS and isinstance(value, int):
        known = _WORDS[name]
        return known(value).name if value in set(known) else value
    result: Json = value
    return result


def _parsed(text: str) -> Json:
    """What is no JSON is written as it is stored: what was erased is empty, and what is encrypted stays so."""
    try:
        return parse(text)
    except ValueError:
        return text
