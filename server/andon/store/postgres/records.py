"""What retention writes of a decision: its rows as JSON, with words for numbers that are words in the contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import asyncpg

from andon.domain.canonical import Json, JsonObject, parse
from andon.domain.decision import Outcome, Route
from andon.domain.review import Verdict
from andon.domain.task import TaskKind, TaskState

Columns: TypeAlias = Mapping[str, Any]
_WORDS: Final[Mapping[str, type[IntEnum]]] = MappingProxyType(
    {"route": Route, "outcome": Outcome, "kind": TaskKind, "state": TaskState, "verdict": Verdict}
)
_JSON: Final = frozenset(
    {"reasons", "attributes", "prediction", "input", "corrected_prediction", "submitter_groups", "skills"}
    | {
        "escalation_skills",
        "correction_schema",
        "presentation_shown",
        "changed_fields",
        "shown",
        "body",
        "plan_asked",
        "receipt",
    }
)
BESIDE: Final = ("tasks", "reviews", "appeals", "redemptions", "barred", "earlier_proposals")
"""What is recorded of decisions beside themselves and the ledger's entries."""
_SUBMISSION: Final = "entry_"


def records(
    decisions: Sequence[asyncpg.Record],
    beside: Mapping[str, Iterable[asyncpg.Record]],
    entries: Iterable[asyncpg.Record],
) -> list[JsonObject]:
    """One record for each decision, in their order; rows that concern none of them are left out.

    `decisions` bring the entries of their submissions in columns that begin with `entry_`; `beside` are the rows of
    each of BESIDE.
    """
    found = {row["id"]: _record(dict(row)) for row in decisions}
    for name, rows in (*beside.items(), ("ledger", entries)):
        for row in rows:
            if (record := found.get(row["decision_id"])) is not None:
                record[name].append(_object(dict(row)))
    return list(found.values())


def _record(row: dict[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in row.items() if not name.startswith(_SUBMISSION)}
    entry = {name.removeprefix(_SUBMISSION): value for name, value in row.items() if name.startswith(_SUBMISSION)}
    ledger = [] if entry["sequence"] is None else [_object({**entry, "decision_id": row["id"]})]
    return {"decision": _object(own), **{name: [] for name in BESIDE}, "ledger": ledger}


def _object(row: Columns) -> JsonObject:
    return {name: _value(name, value) for name, value in row.items()}


def _value(name: str, value: Any) -> Json:
    """What this release does not know is written as it is stored."""
    if name in _JSON and isinstance(value, str):
        return parse(value)
    if name in _WORDS and isinstance(value, int):
        known = _WORDS[name]
        return known(value).name if value in set(known) else value
    result: Json = value
    return result
