"""What erasing leaves of what was recorded, the same for every engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from andon.domain.canonical import Json, JsonObject, canonical
from andon.domain.hold import LegalHold
from andon.store import codec
from andon.store.codec import Row
from andon.store.ledger import Draft, LedgerKind, worded
from andon.store.privacy import MOST_NAMED, Erasure, Release, Survey, Target
from andon.store.sealing import Sealing
from andon.store.search import Dialect
from andon.store.statements import Statements

_PERSONAL: Final = ("subject", "extra")
_PATHS: Final = ("opened", "unopened")


class EarlierLeft(NamedTuple):
    """What is left of an earlier proposal: the decision as its engine numbers it, which amendment replaced it, text."""

    decision: Any
    amendment: int
    body: str
    decision_id: str


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


def survey_retired(words: int) -> Survey:
    """What there is to erase of a decision that is not there (any more), of which so many entries have words.

    Retention leaves the ledger, and with it what people wrote.
    """
    return Survey(erasable=min(words, 1))


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


def gone_of(rows: Sequence[Row]) -> dict[str, list[int]]:
    """Whose words are gone, and the sequences of the entries that they stood beside: by rows of `erase_words`."""
    found: dict[str, list[int]] = {}
    for decision_id, sequence in sorted(rows):
        found.setdefault(decision_id, []).append(sequence)
    return found


def erased(erasure: Erasure, decision_id: str, words_of: Sequence[int]) -> Draft:
    """The personal data of a decision was erased, and the words of these entries. The subject is not named: it goes."""
    asked_for = "decision" if erasure.target.decision_id else "subject"
    body, words = worded({"asked_for": asked_for, "words_of": words_of}, {"reason": erasure.reason})
    return Draft(erasure.now, LedgerKind.ERASED, erasure.principal, body, decision_id, words=words)


def between(amendments: Sequence[int], entries: Sequence[Row]) -> list[dict[str, int]]:
    """The entries that were written while what these amendments replaced was proposed: `after` one, `before` another.

    By the rows of `amended_entries`: one for each amendment, from the first.
    """
    places = [0, *(sequence for (sequence,) in entries)]
    return [{"after": places[amendment - 1], "before": places[amendment]} for amendment in amendments]


def erased_before(erasure: Erasure, decision_id: str, amendments: Sequence[int], words_of: Sequence[int]) -> Draft:
    """What a decision proposed about a subject was erased: the proposals that these amendments replaced, and the words
    of these entries, which were written until then.
    """
    body, words = worded(
        {"asked_for": "subject", "earlier_proposals": amendments, "words_of": words_of}, {"reason": erasure.reason}
    )
    return Draft(erasure.now, LedgerKind.ERASED, erasure.principal, body, decision_id, words=words)


def held(hold: LegalHold) -> Draft:
    """A hold was placed. Whom one on a subject is about is not said: the ledger forgets nothing."""
    body, words = _said_of(hold, hold.reason)
    return Draft(hold.create_time, LedgerKind.HELD, hold.principal, body, words=words)


def freed(hold: LegalHold, release: Release) -> Draft:
    """A hold was released."""
    body, words = _said_of(hold, release.reason)
    return Draft(release.now, LedgerKind.FREED, release.principal, body, words=words)


def _said_of(hold: LegalHold, reason: str) -> tuple[str, str]:
    decision = f"decisions/{hold.decision_id}" if hold.decision_id else ""
    target = "decision" if hold.decision_id else "action" if hold.action else "subject"
    body: JsonObject = {"action": hold.action, "decision": decision, "name": hold.name, "target": target}
    return worded(body, {"reason": reason})


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


def _without(stated: Mapping[str, Json], names: Sequence[str]) -> dict[str, Json]:
    return {name: value for name, value in stated.items() if name not in names}
