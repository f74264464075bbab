"""The ledger's form, the same for every engine: what is recorded, and how the entries are chained.

The ledger is the change feed as well: one table, so the two can never disagree. Renewing a lease and aging a task
change no state and are not recorded.

How an entry is hashed stands in `andon.domain.chain`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from json.encoder import encode_basestring
from secrets import token_hex
from typing import Final

from andon.domain.canonical import Json, JsonObject, canonical, digest, number
from andon.domain.chain import GENESIS, link_hash
from andon.domain.decision import Decision, Model, Reason, Resolution, Routing
from andon.domain.receipt import DEFAULT, ReceiptTerms
from andon.domain.review import Review, Shown
from andon.domain.task import Task
from andon.domain.words import HASH, beside
from andon.store.values import LedgerEntry, RetrainDue

SERVER: Final = "server"
DEADLINE: Final = "deadline"
_SALT: Final = 16


class LedgerKind(StrEnum):
    """What an entry records. The end of a decision is part of the entry of what ended it (`outcome` in the body)."""

    SUBMITTED = "decision.submitted"
    CANCELLED = "decision.cancelled"
    LEASED = "task.leased"
    RELEASED = "task.released"
    LAPSED = "lease.lapsed"
    ESCALATED = "task.escalated"
    EXPIRED = "task.expired"
    REVIEWED = "review.given"
    OPENED = "task.opened"
    CLOSED = "task.closed"
    CLIMBED = "task.climbed"
    EXTENDED = "task.extended"
    AMENDED = "decision.amended"
    REEVALUATED = "decision.reevaluated"
    APPEALED = "decision.appealed"
    AVAILABILITY = "reviewer.availability"
    RETRAIN = "retrain.due"
    REVISION = "policy.revision"
    RETIRED = "decisions.retired"
    REDEEMED = "decision.redeemed"
    VIEWED = "task.viewed"
    READ = "decision.read"
    EXPORTED = "records.exported"
    ACCESS = "access.changed"
    KEYS = "keys.changed"
    ERASED = "decision.erased"
    HELD = "hold.placed"
    FREED = "hold.released"


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before it has its place in the chain. `body` is canonical JSON.

    `words` is what stands beside it; empty where it has no words. `worded` makes both.
    """

    time: int
    kind: str
    actor: str
    body: str
    decision_id: str = ""
    task_id: str = ""
    words: str = ""

    @property
    def erased_with(self) -> str:
        """The decision whose erasure takes its words; empty where none does: an erasure does not erase its reason."""
        return "" if self.kind == LedgerKind.ERASED else self.decision_id


def worded(body: JsonObject, words: JsonObject) -> tuple[str, str]:
    """The `body` and `words` of a draft that says both. Of the words those that are empty are none."""
    said = {name: value for name, value in words.items() if value}
    if not said:
        return canonical(body), ""
    text = beside(said, token_hex(_SALT))
    return canonical({**body, HASH: digest(text)}), text


def entry_hash(sequence: int, draft: Draft, body_hash: str, previous: str) -> str:
    """The hash of an entry at its place in the chain."""
    return link_hash(
        sequence, draft.time, draft.kind, draft.actor, draft.decision_id, draft.task_id, body_hash, previous
    )


def first_fault(entries: Iterable[LedgerEntry], previous: str = GENESIS, sequence: int = 0) -> int | None:
    """Sequence of the first entry that does not continue the chain (`previous`, `sequence`); None where all do."""
    for entry in entries:
        sequence += 1
        draft = Draft(entry.time, entry.kind, entry.actor, canonical(entry.body), entry.decision_id, entry.task_id)
        expected = entry_hash(sequence, draft, digest(draft.body), previous)
        if entry.words and digest(entry.words) != entry.body.get(HASH):
            return entry.sequence
        if entry.sequence != sequence or entry.previous != previous or entry.hash != expected:
            return entry.sequence
        previous = entry.hash
    return None


def submitted(decision: Decision, task: Task | None) -> Draft:
    """A decision was recorded, with the task that holds it; `outcome` is there where it ended at once.

    Written out instead of rendered from a mapping, because it is on the path of every submission.
    """
    proposal, routing, ended = decision.proposal, decision.routing, decision.resolution
    outcome = "" if ended is None else f'"outcome":"{ended.outcome.name}",'
    acting = f'"on_behalf_of":{encode_basestring(proposal.on_behalf_of)},' if proposal.on_behalf_of else ""
    groups = f',"submitter_groups":{canonical(decision.submitter_groups)}' if decision.submitter_groups else ""
    supersedes = f',"supersedes":"{decision.supersedes}"' if decision.supersedes else ""
    resolved_by = "" if ended is None else f'"resolved_by":{encode_basestring(ended.resolved_by)},'
    coin, ruled, routed, threshold = _routing(routing, None if decision.receipt is DEFAULT else decision.receipt)
    body = (
        f'{{"action":{encode_basestring(proposal.action)},"coin_source":{coin}'
        f',"confidence":{number(proposal.confidence)},"model":{_model(proposal.model)},{acting}{outcome}'
        f'"payload_hash":{encode_basestring(decision.payload_hash)},{ruled},{resolved_by}{routed}{groups}{supersedes}'
        f'{"" if task is None else _task(task)},"threshold":{threshold}}}'
    )
    task_id = "" if task is None else task.id
    return Draft(decision.create_time, LedgerKind.SUBMITTED.value, decision.submitter, body, decision.id, task_id)


def reviewed(review: Review, confidence: float, ended: Resolution | None) -> Draft:
    """A verdict was given. `ended` is how what it is about ended with it; None where it goes on, or had ended before.

    `level` is there on an appeal, `resolved_by` where the end was not by the reviewer's word. Of a correction it holds
    the hash alone: what is in the ledger stays. Paths of fields are words: callers name fields as they like.
    """
    corrected, shown = review.corrected_prediction, review.shown
    body: dict[str, Json] = {
        "confidence": confidence,
        "corrected_prediction_hash": None if corrected is None else digest(canonical(corrected)),
        "outcome": None if ended is None else ended.outcome.name,
        "override": review.override,
        "saw_prediction": review.saw_prediction,
        "sequence": review.sequence,
        "verdict": review.verdict.name,
    }
    if shown is not None:
        body["shown"] = {"digest": shown.digest, "view_time": shown.view_time}
    if review.level:
        body["level"] = review.level
    if ended is not None and ended.resolved_by != review.reviewer:
        body["resolved_by"] = ended.resolved_by
    text, words = worded(
        body, {"changed_fields": review.changed_fields, "comment": review.comment, "shown": _paths(shown)}
    )
    return Draft(review.time, LedgerKind.REVIEWED, review.reviewer, text, review.decision_id, review.task_id, words)


def retrain_due(due: RetrainDue, now: int) -> Draft:
    """Enough labels have come together."""
    model: JsonObject = {"name": due.model.name, "version": due.model.version}
    body: JsonObject = {"action": due.action, "cursor": due.cursor, "labels": due.labels, "model": model}
    return Draft(now, LedgerKind.RETRAIN, SERVER, canonical(body))


def _paths(shown: Shown | None) -> JsonObject:
    paths = {} if shown is None else {"opened": shown.opened, "unopened": shown.unopened}
    return {name: found for name, found in paths.items() if found}


def _model(model: Model) -> str:
    return f'{{"name":{encode_basestring(model.name)},"version":{encode_basestring(model.version)}}}'


@lru_cache(maxsize=1024)
def _routing(routing: Routing, receipt: ReceiptTerms | None) -> tuple[str, str, str, str]:
    """What the policy said, as `submitted` has it: one routing is that of many decisions.

    The coin's source; from `policy` to `receipt`; from `revision` to `sampled`; the threshold.
    """
    ruled = f'"policy":{encode_basestring(routing.policy)},"propensity":{number(routing.propensity)}'
    terms = "" if receipt is None else f',"receipt":{canonical(receipt.as_json())}'
    routed = f'"revision":{encode_basestring(routing.revision)},"route":"{routing.route.name}"'
    return (
        encode_basestring(routing.coin_source),
        f'{ruled},"reasons":{_reasons(routing.reasons)}{terms}',
        f'{routed},"sampled":{"true" if routing.sampled else "false"}',
        "null" if routing.threshold is None else number(routing.threshold),
    )


def _reasons(reasons: tuple[Reason, ...]) -> str:
    return canonical([{"route": reason.route.name, "rule": reason.rule} for reason in reasons])


def _task(task: Task) -> str:
    facts: JsonObject = {
        "expire_time": task.expire_time,
        "kind": task.kind.name,
        "queue": task.queue,
        "skills": task.skills,
        "urgency": task.urgency,
    }
    return f',"task":{canonical(facts)}'
