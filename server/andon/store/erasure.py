"""What erasing leaves of what was recorded, the same for every engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias, cast

from andon.domain.canonical import Json, JsonObject, canonical
from andon.domain.chain import ChainEntry, fault_of
from andon.domain.errors import LedgerEdited
from andon.domain.event import DecisionEvent, EventKind
from andon.domain.hold import LegalHold
from andon.store import codec
from andon.store.codec import Row
from andon.store.ledger import Draft, LedgerKind, as_now
from andon.store.privacy import MOST_NAMED, Erasure, Release, Survey, Target
from andon.store.sealing import Sealing
from andon.store.search import Dialect
from andon.store.statements import Statements

_PERSONAL: Final = ("subject", "extra")
_PATHS: Final = ("opened", "unopened")

Kept: TypeAlias = Mapping[str, JsonObject]
"""What was kept of entries whose bodies were erased, by their sequences in decimal."""


class EarlierLeft(NamedTuple):
    """What is left of an earlier proposal: the decision as its engine numbers it, which amendment replaced it, text."""

    decision: Any
    amendment: int
    body: str
    decision_id: str


_WORDS: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        LedgerKind.CANCELLED: ("comment",),
        LedgerKind.RELEASED: ("comment",),
        LedgerKind.ESCALATED: ("comment",),
        LedgerKind.EXTENDED: ("comment",),
        LedgerKind.APPEALED: ("comment",),
        LedgerKind.REVIEWED: ("comment", "changed_fields", "corrected_prediction"),
    }
)
KINDS: Final = tuple(kind.value for kind in map(LedgerKind, _WORDS))
"""Kinds of entries that hold what people wrote."""


def target_filter(target: Target, sql: Statements) -> str:
    """The condition that a decision `d` is of the target: also one that was about the subject before an amendment."""
    return "AND d.id = :decision_id" if target.decision_id else f"AND {sql.fragment('about')}"


def target_values(target: Target, sealing: Sealing, dialect: Dialect) -> dict[str, Any]:
    """What `target_filter` is told."""
    if target.decision_id:
        return {"decision_id": target.decision_id}
    return {"subjects": dialect.names(frozenset(sealing.subjects(target.subject)))}


def surveyed(rows: Sequence[Row]) -> Survey:
    """Reads `survey`: `standing, total, id`, in order."""
    totals = {standing: total for standing, total, _ in rows}
    ids = {name: tuple(id for standing, _, id in rows if standing == name)[:MOST_NAMED] for name in ("open", "held")}
    return Survey(**totals, open_ids=ids["open"], held_ids=ids["held"])


def is_whole(target: Target, sealing: Sealing, subject: str) -> bool:
    """Whether all of a decision goes, by its column `subject`: else only what it proposed about another before."""
    return bool(target.decision_id) or subject in sealing.subjects(target.subject)


def survey_retired(rows: Sequence[Row]) -> Survey:
    """What there is to erase of a decision that is not there (any more), by rows of `entries_to_erase`. LedgerEdited.

    Retention leaves the ledger, and with it what people wrote.
    """
    return Survey(erasable=len(emptied(rows)))


def attributes_left(text: str) -> str:
    """What is left of a decision's attributes."""
    return canonical(_without(codec.json_object(text), _PERSONAL))


def proposal_left(text: str) -> str:
    """What is left of the body of an earlier proposal; of one whose key is gone, nothing."""
    if not text:
        return ""
    body = codec.json_object(text)
    attributes = _without(body["attributes"], _PERSONAL)
    return canonical({**body, "attributes": attributes, "input": {}, "prediction": {}, "reasoning": ""})


def proposals_gone(rows: Sequence[Row], subjects: Sequence[str] | None = None) -> list[EarlierLeft]:
    """What is left of earlier proposals: of all of them, or of those about these subjects.

    Rows of `proposals_to_erase`: the decision as the engine numbers it, amendment, body, subject, and the decision's id
    where that is not its number.
    """
    told = [row for row in rows if subjects is None or row[3] in subjects]
    return [
        EarlierLeft(decision, amendment, proposal_left(body), *(id or [decision]))
        for decision, amendment, body, _, *id in told
    ]


def shown_left(text: str) -> str:
    """What is left of what a reviewer was shown: its digest. Of one whose key is gone, nothing."""
    if not text:
        return ""
    return canonical({**codec.json_object(text), **dict.fromkeys(_PATHS, ())})


def kept_of(kind: str, body: str) -> JsonObject | None:
    """What of an entry's body is no personal data; None where all of it is none, and it can stay."""
    stated = codec.json_object(body) if body else {}
    words = [name for name in _WORDS[kind] if stated.get(name)]
    shown = cast("JsonObject", stated.get("shown") or {})
    if not words and not any(shown.get(name) for name in _PATHS):
        return None
    kept = _without(as_now(stated), words)
    if shown:
        kept["shown"] = _without(shown, _PATHS)
    return kept


def emptied(rows: Sequence[Row]) -> dict[str, dict[int, JsonObject]]:
    """What is kept of the entries that are emptied, by decision and sequence: rows of `entries_to_erase`.

    Raises LedgerEdited where one is not as it was written: emptied, it could tell of that no more.
    """
    found: dict[str, dict[int, JsonObject]] = {}
    for entry in (ChainEntry(*row) for row in rows):
        if fault_of(entry):
            raise LedgerEdited(name=f"decisions/{entry.decision_id}", sequence=entry.sequence)
        if (kept := kept_of(entry.kind, entry.body)) is not None:
            found.setdefault(entry.decision_id, {})[entry.sequence] = kept
    return found


def erased(erasure: Erasure, decision_id: str, kept: Mapping[int, JsonObject]) -> Draft:
    """The personal data of a decision was erased. The subject is not named: it is what goes."""
    body: dict[str, Json] = {
        "asked_for": "decision" if erasure.target.decision_id else "subject",
        "kept": {str(sequence): facts for sequence, facts in kept.items()},
        "reason": erasure.reason,
    }
    return Draft(erasure.now, LedgerKind.ERASED, erasure.principal, canonical(body), decision_id)


def erased_before(erasure: Erasure, decision_id: str, amendments: Sequence[int]) -> Draft:
    """What a decision proposed about a subject was erased: the proposals that these amendments replaced."""
    body: dict[str, Json] = {
        "asked_for": "subject",
        "earlier_proposals": list(amendments),
        "kept": {},
        "reason": erasure.reason,
    }
    return Draft(erasure.now, LedgerKind.ERASED, erasure.principal, canonical(body), decision_id)


def is_erased(events: Sequence[DecisionEvent]) -> bool:
    """Whether a body of them is gone, or the erasure itself is among them."""
    return any(not event.details or event.kind is EventKind.ERASED for event in events)


def kept_in(rows: Sequence[Row]) -> Kept:
    """What was kept of a decision's entries: by the rows of `kept_of_decision`. One whose key is gone kept nothing."""
    found = [_kept(codec.json_object(body)) for body, *_ in rows if body]
    return {sequence: facts for kept in found for sequence, facts in kept.items()}


def retold(events: Sequence[DecisionEvent], kept: Kept) -> list[DecisionEvent]:
    """The events, with what was kept of those whose bodies were erased; the erasure itself does not say it again."""
    return [_retold(event, kept) for event in events]


def held(hold: LegalHold) -> Draft:
    """A hold was placed. Whom one on a subject is about is not said: the ledger forgets nothing."""
    return Draft(hold.create_time, LedgerKind.HELD, hold.principal, _said_of(hold, hold.reason))


def freed(hold: LegalHold, release: Release) -> Draft:
    """A hold was released."""
    return Draft(release.now, LedgerKind.FREED, release.principal, _said_of(hold, release.reason))


def _said_of(hold: LegalHold, reason: str) -> str:
    decision = f"decisions/{hold.decision_id}" if hold.decision_id else ""
    target = "decision" if hold.decision_id else "action" if hold.action else "subject"
    return canonical(
        {"action": hold.action, "decision": decision, "name": hold.name, "reason": reason, "target": target}
    )


def hold_values(hold: LegalHold, sealing: Sealing) -> dict[str, Any]:
    """The columns of a hold that is placed. A subject stands there as decisions have it."""
    return {
        "id": hold.id,
        "decision_id": hold.decision_id,
        "subject": sealing.subjects(hold.subject)[-1] if hold.subject else "",
        "action": hold.action,
        "reason": hold.reason,
        "principal": hold.principal,
        "now": hold.create_time,
    }


def hold_of(row: Row) -> LegalHold:
    """Reads `$columns_hold`."""
    sequence, id, decision_id, subject, action, reason, principal, create_time, release_time = row
    return LegalHold(id, reason, principal, create_time, decision_id, subject, action, release_time, sequence)


def same(hold: LegalHold, rows: Sequence[Row]) -> LegalHold | None:
    """The one with the same reason among those on the same; rows of `$columns_hold`."""
    return next((each for each in map(hold_of, rows) if each.reason == hold.reason), None)


def _kept(body: JsonObject) -> Kept:
    return cast("Kept", body.get("kept", {}))


def _retold(event: DecisionEvent, kept: Kept) -> DecisionEvent:
    if event.kind is EventKind.ERASED:
        return replace(event, details=_without(event.details, ("kept",)))
    return event if event.details else replace(event, details=kept.get(str(event.sequence), {}))


def _without(stated: Mapping[str, Json], names: Sequence[str]) -> dict[str, Json]:
    return {name: value for name, value in stated.items() if name not in names}
