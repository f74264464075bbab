"""Redeeming, and what receipts are made of, the same for every engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from andon.domain.appeal import Appeal
from andon.domain.canonical import canonical
from andon.domain.clock import rfc3339
from andon.domain.decision import Decision, Resolution, Route
from andon.domain.errors import AlreadyRedeemed, AndonError, NotRedeemable
from andon.domain.event import DecisionEvent, EventKind
from andon.domain.receipt import Redemption
from andon.store import codec
from andon.store.codec import Row
from andon.store.history import KINDS
from andon.store.ledger import Draft, LedgerKind
from andon.store.proofs import Recorded
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


def check_redeemable(decision: Decision, appeals: Sequence[Appeal], now: int) -> int:
    """The level whose answer is used up. Raises NotRedeemable."""
    level, end = last_end(decision, appeals)
    if decision.resolution is None:
        raise _refused(decision, "it has not ended")
    if not decision.receipt.once:
        raise _refused(decision, "its policy has nothing redeemed")
    if end is None:
        raise _refused(decision, "an appeal is open")
    if not end.passes:
        raise _refused(decision, f"{'the appeal' if level else 'it'} ended as {end.outcome.name}")
    if decision.resolution.passes and decision.resolution.corrected_prediction != end.corrected_prediction:
        raise _refused(decision, "the appeal lets something else pass than the decision did")
    if now > end.time + decision.receipt.expires:
        raise _refused(decision, "the time to act on it is over")
    return level


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
    entry = codec.entry(row)
    kind = EventKind.SUBMITTED if entry.kind == LedgerKind.SUBMITTED else KINDS[entry.kind]
    event = DecisionEvent(kind, entry.time, entry.actor, entry.task_id, entry.body, entry.sequence)
    return Recorded(event, entry.hash)


def at_once(decision: Decision, level: int) -> bool:
    """Whether this end (0: the decision's own, else an appeal's) came with the submission."""
    return not level and decision.routing.route is not Route.REVIEW and not decision.amendments


def _refused(decision: Decision, why: str) -> AndonError:
    return NotRedeemable(name=decision.name, why=why)
