"""Redeeming, and what receipts are made of, the same for every engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from andon.domain.appeal import Appeal
from andon.domain.canonical import canonical
from andon.domain.chain import ChainEntry, fault_of
from andon.domain.clock import rfc3339
from andon.domain.decision import Decision, Resolution
from andon.domain.errors import AlreadyRedeemed, AndonError, NotRedeemable
from andon.domain.event import DecisionEvent, EventKind
from andon.domain.receipt import Redemption
from andon.store import codec
from andon.store.codec import Row
from andon.store.history import KINDS
from andon.store.ledger import Draft, LedgerKind
from andon.store.proofs import NEAR, WIDER, Recorded
from andon.store.values import Redeemed, RedeemWish


def last_end(decision: Decision, appeals: Sequence[Appeal]) -> tuple[int, Resolution | None]:
    """The end that counts, with its level: that of the last appeal, else the decision's own. None: it is open."""
    return (appeals[-1].level, appeals[-1].resolution) if appeals else (0, decision.resolution)


def repeated(row: Row | None, wish: RedeemWish) -> Redeemed | None:
    """The answer to a repetition, by a row of `redemption_of`; None where it was not redeemed. AlreadyRedeemed."""
    if row is None:
        return None
    redeemer, request_id, time = row
    if (redeemer, request_id) != (wish.redeemer, wish.request_id):
        raise AlreadyRedeemed(name=f"decisions/{wish.decision_id}", redeemer=redeemer, time=rfc3339(time))
    return Redeemed(Redemption(redeemer, time), repeated=True)


def check_redeemable(decision: Decision, appeals: Sequence[Appeal], wish: RedeemWish) -> int:
    """The level whose answer is used up. Raises NotRedeemable."""
    level, end = last_end(decision, appeals)
    if decision.resolution is None:
        raise _refused(decision, "it has not ended")
    if not decision.receipt.once:
        raise _refused(decision, "its policy has nothing redeemed")
    if end is None:
        raise _refused(decision, "an appeal is open")
    if wish.level not in (None, level):
        raise _refused(decision, f"the end of level {level} stands, not that of level {wish.level}")
    if not end.passes:
        raise _refused(decision, f"{'the appeal' if level else 'it'} ended as {end.outcome.name}")
    if decision.erase_time is not None and end.corrected_prediction is not None:
        raise _refused(decision, "what was to pass instead was erased")
    if wish.level is None and _lets_another_pass(decision.resolution, end):
        raise _refused(decision, "the appeal lets something else pass than the decision did")
    if wish.now > end.time + decision.receipt.expires:
        raise _refused(decision, "the time to act on it is over")
    return level


def _lets_another_pass(own: Resolution, end: Resolution) -> bool:
    """Whether who has not said which end they act on may take it for one that allows something else."""
    return own.passes and own.corrected_prediction != end.corrected_prediction


def values(wish: RedeemWish) -> Mapping[str, Any]:
    """What `redeem_if_resolved` writes."""
    return {
        "decision_id": wish.decision_id,
        "redeemer": wish.redeemer,
        "request_id": wish.request_id,
        "now": wish.now,
    }


def draft(wish: RedeemWish, level: int) -> Draft:
    """An answer was used up: that of the level (0: the decision's own end)."""
    body = canonical({"level": level, "request_id": wish.request_id})
    return Draft(wish.now, LedgerKind.REDEEMED, wish.redeemer, body, wish.decision_id)


def recorded(row: Row) -> Recorded:
    """Reads a row of `ends_of_decision` or `submission_near`."""
    stored = ChainEntry(*row)
    entry = codec.entry((*stored[:7], stored.previous, stored.hash, stored.words))
    kind = EventKind.SUBMITTED if entry.kind == LedgerKind.SUBMITTED else KINDS[entry.kind]
    event = DecisionEvent(kind, entry.time, entry.actor, entry.task_id, entry.said, entry.sequence)
    return Recorded(event, entry.hash, not fault_of(stored))


def reaches(last: int) -> Iterator[int]:
    """How far around its time a submission is looked for, in turn, in a ledger of so many entries."""
    reach = NEAR
    while reach < last:
        yield reach
        reach *= WIDER
    yield last


def _refused(decision: Decision, why: str) -> AndonError:
    return NotRedeemable(name=decision.name, why=why)
