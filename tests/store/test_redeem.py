"""Using up an answer: once, by whoever comes first, and only while it may be acted on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from andon.domain.clock import DAY, HOUR
from andon.domain.decision import Decision, Outcome, Route
from andon.domain.errors import AlreadyRedeemed, DecisionNotFound, NotRedeemable
from andon.domain.event import EventKind
from andon.domain.plan import TimeoutDefault, WorkPlan
from andon.domain.receipt import Naming, ReceiptTerms, Redemption
from andon.domain.review import Verdict
from andon.domain.terms import Terms
from andon.store.ledger import LedgerKind
from andon.store.port import Store
from andon.store.proofs import NEAR
from andon.store.values import Amendment, Job, Redeemed, RedeemWish, Reevaluation
from tests.builders import make_admission, make_decision, make_id, make_proposal, make_routing, make_verdict
from tests.clock import START
from tests.store.engines import SHARED, Engine
from tests.store.helpers import admit, admitted, entries, leased, the_job
from tests.store.test_appeals import appealed, taken

ONCE = ReceiptTerms(once=True)


def once(route: Route = Route.REVIEW, terms: ReceiptTerms = ONCE) -> Decision:
    """A decision whose answer holds once."""
    return replace(make_decision(route=route), receipt=terms)


def wish(decision: Decision, request_id: str = "r-1", by: str = "refund-service", at: int = 20) -> RedeemWish:
    """A wish to use its answer up."""
    return RedeemWish(decision.id, by, request_id, START + at)


async def ended(store: Store, verdict: Verdict = Verdict.APPROVE, **words: Any) -> Decision:
    """A decision whose answer holds once, and that rita has ended."""
    job = await leased(store, make_admission(once(), **words))
    return (await store.settle_if_leased(make_verdict(job, verdict, START + 10))).job.decision


async def why_not(store: Store, redeeming: RedeemWish) -> str:
    """Why it can't be redeemed. Nothing is recorded then."""
    before = await entries(store)
    with pytest.raises(NotRedeemable) as refused:
        await store.proofs.redeem_if_resolved(redeeming)
    assert await entries(store) == before
    return str(refused.value.metadata["why"])


async def test_an_answer_is_used_up_once(store: Store) -> None:
    decision = await ended(store)
    assert await store.proofs.redemption(decision.id) is None
    first = await store.proofs.redeem_if_resolved(wish(decision))
    assert first == Redeemed(Redemption("refund-service", START + 20))
    assert await store.proofs.redemption(decision.id) == first.redemption
    (entry,) = await entries(store, LedgerKind.REDEEMED)
    assert (entry.actor, entry.time, entry.decision_id) == ("refund-service", START + 20, decision.id)
    assert entry.body == {"level": 0, "request_id": "r-1"}


async def test_a_repetition_gets_the_same_answer_and_is_told_so(store: Store) -> None:
    decision = await ended(store)
    first = await store.proofs.redeem_if_resolved(wish(decision))
    again = await store.proofs.redeem_if_resolved(wish(decision, at=5_000))
    assert again == replace(first, repeated=True)
    late = replace(wish(decision), now=START + 30 * DAY)
    assert (await store.proofs.redeem_if_resolved(late)).repeated
    assert len(await entries(store, LedgerKind.REDEEMED)) == 1


@pytest.mark.parametrize(("request_id", "by"), [("r-2", "refund-service"), ("r-1", "ada")])
async def test_any_other_call_is_refused(store: Store, request_id: str, by: str) -> None:
    decision = await ended(store)
    await store.proofs.redeem_if_resolved(wish(decision))
    with pytest.raises(AlreadyRedeemed) as refused:
        await store.proofs.redeem_if_resolved(wish(decision, request_id, by, at=40))
    assert refused.value.metadata["redeemer"] == "refund-service"
    assert refused.value.metadata["time"].endswith("Z")
    assert len(await entries(store, LedgerKind.REDEEMED)) == 1


async def test_of_fifty_at_once_one_is_first(store: Store) -> None:
    decision = await ended(store)
    wishes = [wish(decision, f"r-{place}") for place in range(50)]
    redeeming = [store.proofs.redeem_if_resolved(each) for each in wishes]
    answers = await asyncio.gather(*redeeming, return_exceptions=True)
    assert [type(answer) for answer in answers].count(Redeemed) == 1
    assert sum(isinstance(answer, AlreadyRedeemed) for answer in answers) == 49
    assert len(await entries(store, LedgerKind.REDEEMED)) == 1


@pytest.mark.needs(SHARED)
async def test_of_fifty_at_once_on_two_servers_one_is_first(store: Store, engine: Engine) -> None:
    decision, other = await ended(store), await engine.open()
    redeeming = [
        (store, other)[place % 2].proofs.redeem_if_resolved(wish(decision, f"r-{place}")) for place in range(50)
    ]
    answers = await asyncio.gather(*redeeming, return_exceptions=True)
    await other.close()
    assert [type(answer) for answer in answers].count(Redeemed) == 1
    assert sum(isinstance(answer, AlreadyRedeemed) for answer in answers) == 49
    assert len(await entries(store, LedgerKind.REDEEMED)) == 1


async def test_fifty_repetitions_at_once_get_one_first_answer(store: Store) -> None:
    decision = await ended(store)
    answers = await asyncio.gather(*(store.proofs.redeem_if_resolved(wish(decision)) for _ in range(50)))
    assert [answer.repeated for answer in answers].count(False) == 1
    assert len({answer.redemption for answer in answers}) == 1


async def test_it_is_still_used_up_after_a_restart(engine: Engine) -> None:
    store = await engine.open()
    decision = await ended(store)
    await store.proofs.redeem_if_resolved(wish(decision))
    await store.close()
    store = await engine.open()
    assert (await store.proofs.redeem_if_resolved(wish(decision))).repeated
    with pytest.raises(AlreadyRedeemed):
        await store.proofs.redeem_if_resolved(wish(decision, "r-2"))
    await store.close()


async def test_what_passed_by_the_rules_can_be_redeemed(store: Store) -> None:
    decision = await admitted(store, make_admission(once(Route.AUTO_APPROVE)))
    assert not (await store.proofs.redeem_if_resolved(wish(decision))).repeated


async def test_what_is_open_can_not(store: Store) -> None:
    job = await admit(store, make_admission(once()))
    assert await why_not(store, wish(job.decision)) == "it has not ended"


async def test_what_did_not_pass_can_not(store: Store) -> None:
    rejected = await ended(store, Verdict.REJECT)
    assert await why_not(store, wish(rejected)) == "it ended as REJECTED"
    blocked = await admitted(store, make_admission(once(Route.BLOCK)))
    assert await why_not(store, wish(blocked)) == "it ended as BLOCKED"


async def test_what_its_policy_does_not_limit_can_not(store: Store) -> None:
    job = await leased(store)
    decision = (await store.settle_if_leased(make_verdict(job))).job.decision
    assert await why_not(store, wish(decision)) == "its policy has nothing redeemed"


@pytest.mark.parametrize(("after", "late"), [(DAY, False), (DAY + 1, True)])
async def test_only_while_it_may_be_acted_on(store: Store, after: int, late: bool) -> None:
    decision = await ended(store)
    redeeming = wish(decision, at=10 + after)
    if late:
        assert await why_not(store, redeeming) == "the time to act on it is over"
    else:
        assert not (await store.proofs.redeem_if_resolved(redeeming)).repeated


@pytest.mark.parametrize("default", list(TimeoutDefault))
async def test_what_time_approved_can_be_redeemed(store: Store, default: TimeoutDefault) -> None:
    await admit(store, make_admission(once(), plan=WorkPlan(on_timeout=default)))
    ((expired,), _) = [await store.expire_due(START + 30 * DAY, 10, "r1") for _ in range(2)]
    decision = await store.decision(expired.job.decision.id)
    assert decision is not None
    assert decision.resolution is not None
    redeeming = replace(wish(decision), now=decision.resolution.time)
    if decision.resolution.passes:
        assert not (await store.proofs.redeem_if_resolved(redeeming)).repeated
    else:
        assert await why_not(store, redeeming) == "it ended as EXPIRED"


async def test_nothing_there_is_not_found(store: Store) -> None:
    with pytest.raises(DecisionNotFound):
        await store.proofs.redeem_if_resolved(wish(make_decision()))
    assert await store.proofs.redemption(make_id()) is None


async def contested(store: Store, decision: Decision, verdict: Verdict) -> None:
    """Its end is judged anew by lena."""
    await appealed(store, decision)
    (job,) = await taken(store, "lena")
    correction = {"approve": False} if verdict is Verdict.CORRECT else None
    await store.settle_if_leased(make_verdict(job, verdict, START + 40, correction=correction))


async def test_while_an_appeal_is_open_it_can_not(store: Store) -> None:
    decision = await ended(store)
    await appealed(store, decision)
    assert await why_not(store, wish(decision)) == "an appeal is open"


async def test_the_end_of_the_last_appeal_counts(store: Store) -> None:
    approved = await ended(store)
    await contested(store, approved, Verdict.REJECT)
    assert await why_not(store, wish(approved, at=50)) == "the appeal ended as REJECTED"
    rejected = await ended(store, Verdict.REJECT)
    await contested(store, rejected, Verdict.APPROVE)
    await store.proofs.redeem_if_resolved(wish(rejected, at=50))
    (entry,) = await entries(store, LedgerKind.REDEEMED)
    assert entry.body == {"level": 1, "request_id": "r-1"}


async def test_what_an_appeal_has_changed_is_not_redeemed_as_what_it_was(store: Store) -> None:
    decision = await ended(store)
    await contested(store, decision, Verdict.CORRECT)
    assert await why_not(store, wish(decision, at=50)) == "the appeal lets something else pass than the decision did"


async def test_who_names_the_end_of_the_appeal_acts_on_what_it_lets_pass(store: Store) -> None:
    decision = await ended(store)
    await contested(store, decision, Verdict.CORRECT)
    own = replace(wish(decision, at=50), level=0)
    assert await why_not(store, own) == "the end of level 1 stands, not that of level 0"
    assert not (await store.proofs.redeem_if_resolved(replace(own, level=1))).repeated
    (entry,) = await entries(store, LedgerKind.REDEEMED)
    assert entry.body == {"level": 1, "request_id": "r-1"}
    with pytest.raises(AlreadyRedeemed):
        await store.proofs.redeem_if_resolved(replace(own, level=1, request_id="r-2"))


async def test_an_end_that_is_not_there_is_not_redeemed(store: Store) -> None:
    decision = await ended(store)
    named = replace(wish(decision), level=2)
    assert await why_not(store, named) == "the end of level 0 stands, not that of level 2"
    assert not (await store.proofs.redeem_if_resolved(replace(named, level=0))).repeated


async def test_of_fifty_at_once_over_all_levels_one_is_first(store: Store) -> None:
    decision = await ended(store)
    await contested(store, decision, Verdict.APPROVE)
    wishes = [replace(wish(decision, f"r-{place}", at=50), level=(None, 0, 1)[place % 3]) for place in range(50)]
    redeeming = [store.proofs.redeem_if_resolved(each) for each in wishes]
    answers = await asyncio.gather(*redeeming, return_exceptions=True)
    assert [type(answer) for answer in answers].count(Redeemed) == 1
    assert all(isinstance(answer, Redeemed | AlreadyRedeemed | NotRedeemable) for answer in answers)
    assert len(await entries(store, LedgerKind.REDEEMED)) == 1


async def test_what_an_appeal_confirms_can_be_redeemed(store: Store) -> None:
    decision = await ended(store)
    await contested(store, decision, Verdict.APPROVE)
    assert not (await store.proofs.redeem_if_resolved(wish(decision, at=50))).repeated


async def test_what_was_used_up_before_an_appeal_stays_so(store: Store) -> None:
    decision = await ended(store)
    first = await store.proofs.redeem_if_resolved(wish(decision))
    await contested(store, decision, Verdict.REJECT)
    assert (await store.proofs.redeem_if_resolved(wish(decision, at=50))).redemption == first.redemption
    with pytest.raises(AlreadyRedeemed):
        await store.proofs.redeem_if_resolved(wish(decision, "r-2", at=50))


# What binds receipts


async def test_what_binds_the_receipts_is_kept(store: Store) -> None:
    terms = ReceiptTerms(once=True, expires=HOUR, naming=Naming.HIDDEN)
    made = await admitted(store, make_admission(once(terms=terms)))
    found = await store.decision(made.id)
    assert (made.receipt, found and found.receipt) == (terms, terms)
    plain = await admitted(store)
    assert (await store.decision(plain.id) or made).receipt == ReceiptTerms()


async def test_the_submission_records_it(store: Store) -> None:
    await admitted(store, make_admission(once()))
    (entry,) = await entries(store, LedgerKind.SUBMITTED)
    assert entry.body["receipt"] == {"expires": DAY, "redeem": "once", "reviewers": "named"}


async def test_an_amendment_makes_it_stricter_and_never_looser(store: Store) -> None:
    job = await admit(store, make_admission(once()))
    before = job.decision
    after = replace(
        before,
        proposal=make_proposal(reasoning="another"),
        payload_hash="f" * 64,
        receipt=ReceiptTerms(expires=HOUR),
    )
    revised = await store.amend_if_open(Amendment(after, before.payload_hash, None, START + 5))
    assert revised.decision.receipt == ReceiptTerms(once=True, expires=HOUR)


def found(job: Job, terms: ReceiptTerms) -> Reevaluation:
    """What policies that say so find of a decision that is about to be released."""
    routing = make_routing(Route.AUTO_APPROVE)
    return Reevaluation(
        job.decision.id, job.decision.payload_hash, job.task.id, "rita", Verdict.APPROVE, routing, Terms(), START, terms
    )


async def test_policies_in_force_at_the_verdict_make_it_stricter(store: Store) -> None:
    job = await leased(store)
    revised = await store.tighten_if_open(found(job, ONCE))
    assert revised.decision.receipt == ONCE
    assert [changed.task.id for changed in revised.changed] == [job.task.id]
    (entry,) = await entries(store, LedgerKind.REEVALUATED)
    assert entry.body["receipt"] == {"expires": DAY, "redeem": "once", "reviewers": "named"}
    assert (await the_job(store, job.task.id)).decision.receipt == ONCE


async def test_what_is_as_strict_already_is_not_recorded(store: Store) -> None:
    job = await leased(store, make_admission(once()))
    revised = await store.tighten_if_open(found(job, ReceiptTerms()))
    assert (revised.decision.receipt, revised.changed) == (ONCE, ())
    assert await entries(store, LedgerKind.REEVALUATED) == []


# What a receipt is made of


async def test_the_entries_of_an_end_are_found(store: Store) -> None:
    decision = await ended(store)
    await contested(store, decision, Verdict.REJECT)
    (submission, *told) = await store.proofs.ends(decision)
    assert (submission.event.kind, submission.event.details["payload_hash"]) == (
        EventKind.SUBMITTED,
        decision.payload_hash,
    )
    assert [(event.kind, event.details["outcome"], event.details.get("level", 0)) for event, *_ in told] == [
        (EventKind.REVIEWED, "APPROVED", 0),
        (EventKind.REVIEWED, "REJECTED", 1),
    ]
    assert [found.hash for found in told] == [entry.hash for entry in await entries(store, LedgerKind.REVIEWED)]


async def test_so_is_the_submission_of_what_ended_at_once(store: Store) -> None:
    made = [replace(make_decision(route=Route.AUTO_APPROVE), create_time=START + place // 7) for place in range(40)]
    for decision in made:
        await admitted(store, make_admission(decision))
    for decision in made:
        ((event, hash, fits),) = await store.proofs.ends(decision)
        (entry,) = [entry for entry in await entries(store) if entry.decision_id == decision.id]
        assert (event.kind, event.details["outcome"]) == (EventKind.SUBMITTED, Outcome.AUTO_APPROVED.name)
        assert (event.sequence, hash, fits) == (entry.sequence, entry.hash, True)


async def test_a_submission_is_found_however_far_from_its_time_it_lies(store: Store) -> None:
    """As where a clock was set back: its time is that of no entry near it."""
    for place in range(NEAR * 2 + 50):
        await store.record("policy.revision", "admin", {"number": place}, START + HOUR + place)
    late = await admitted(store, make_admission(replace(make_decision(route=Route.AUTO_APPROVE), create_time=START)))
    ((event, *_),) = await store.proofs.ends(late)
    assert event.sequence == NEAR * 2 + 51
    assert await store.proofs.ends(replace(late, id=make_id())) == []
