"""No receipt is signed of what a row says and the ledger does not: whoever changes rows behind the server's back."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeAlias

import pytest

from andon.domain.canonical import canonical, digest
from andon.domain.clock import DAY
from andon.domain.decision import Decision, Outcome, Route
from andon.domain.errors import ReceiptUnbacked
from andon.domain.plan import Quorum, Term, TimeoutDefault, WorkPlan
from andon.domain.receipt import ReceiptTerms
from andon.domain.review import Verdict
from andon.store.port import Store
from andon.store.privacy import Erasure, Target
from andon.store.values import Cancellation
from andon.usecases.limits import Limits
from andon.usecases.receipts import Receipts
from tests.builders import make_admission, make_decision, make_lease_request, make_proposal, make_verdict
from tests.clock import START, FakeClock
from tests.store import tampering
from tests.store.engines import PLAIN, Engine
from tests.store.helpers import admit, admitted, leased
from tests.store.seats import asked, held, says
from tests.store.test_amend import LATER, amendment
from tests.store.test_appeals import appealed, taken
from tests.unit.usecases.world import ADMIN, World

CORRECTION = {"approve": False}
SUBJECT = "customers/1"
Make: TypeAlias = Callable[[Store], Awaitable[Decision]]


@pytest.fixture
async def torn(engine: Engine) -> AsyncIterator[Store]:
    """An open store whose ledger need not be whole in the end."""
    store = await engine.open()
    yield store
    await store.close()


async def receipt(store: Store, decision: Decision, level: int = 0) -> dict[str, Any]:
    """What the receipt says."""
    text = await Receipts(World(store, FakeClock(), Limits()).context).get(ADMIN, decision.id, level)
    part = text.split(".")[1]
    said: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return said


async def refused(store: Store, decision: Decision, level: int = 0) -> str:
    """What the ledger does not back."""
    with pytest.raises(ReceiptUnbacked) as fault:
        await receipt(store, decision, level)
    return str(fault.value.metadata["field"])


async def corrected(store: Store) -> Decision:
    """A decision that rita has corrected."""
    job = await leased(store)
    given = make_verdict(job, Verdict.CORRECT, START + 10, correction=CORRECTION)
    return (await store.settle_if_leased(given)).job.decision


async def commented(store: Store) -> Decision:
    """A decision about somebody that rita has rejected, with words."""
    job = await leased(store, make_admission(make_decision(make_proposal(subject=SUBJECT))))
    given = make_verdict(job, Verdict.REJECT, START + 10, comment="no")
    return (await store.settle_if_leased(given)).job.decision


async def withdrawn(store: Store) -> Decision:
    """A decision that its submitter withdrew, with words."""
    decision = await admitted(store, make_admission())
    return await store.cancel_if_open(Cancellation(decision.id, "refund-service", "no", START + 10))


async def rejected(store: Store) -> Decision:
    """A decision that rita has rejected."""
    job = await leased(store)
    given = make_verdict(job, Verdict.REJECT, START + 10, comment="")
    return (await store.settle_if_leased(given)).job.decision


async def passed(store: Store) -> Decision:
    """A decision that needed nobody."""
    return await admitted(store, make_admission(make_decision(route=Route.AUTO_APPROVE)))


async def blocked(store: Store) -> Decision:
    """A decision that the rules refused."""
    return await admitted(store, make_admission(make_decision(route=Route.BLOCK)))


async def expired(store: Store) -> Decision:
    """A decision that nobody judged in time, and that did not pass by it."""
    await admit(store, make_admission(plan=WorkPlan(on_timeout=TimeoutDefault.REJECT)))
    ((ended,), _) = [await store.expire_due(START + 30 * DAY, 10, "r1") for _ in range(2)]
    return ended.job.decision


ENDED: list[Make] = [corrected, rejected, passed, blocked, expired]
AS_PLAIN = """corrected_prediction = '{"approve":true}'"""  # where it is sealed the row is not even read
EDITS = [
    *[(make, f"outcome = {Outcome.APPROVED.value}", "outcome") for make in ENDED],
    (blocked, f"outcome = {Outcome.AUTO_APPROVED.value}", "outcome"),
    *[(make, "resolved_by = 'mallory'", "resolved_by") for make in ENDED],
    *[(make, "resolve_time = resolve_time + 1", "resolve_time") for make in ENDED],
    *[(make, f"payload_hash = '{'0' * 64}'", "payload_hash") for make in ENDED],
    pytest.param(corrected, AS_PLAIN, "corrected_prediction", marks=pytest.mark.needs(PLAIN)),
    (corrected, "corrected_prediction = NULL", "corrected_prediction"),
    pytest.param(rejected, AS_PLAIN, "corrected_prediction", marks=pytest.mark.needs(PLAIN)),
    (expired, f"timeout_default = {TimeoutDefault.APPROVE.value}", "timeout_default"),
    (rejected, "submitter = 'mallory'", "submitter"),
    (rejected, "action = 'refund.other'", "action"),
    (rejected, "policy = 'lax'", "policy"),
    (rejected, """receipt = '{"expires":1,"reviewers":"hidden"}'""", "receipt"),
    (rejected, "create_time = create_time - 1", "create_time"),
]


@pytest.mark.parametrize(
    ("make", "edit", "field"), EDITS, ids=lambda value: getattr(value, "__name__", str(value))[:40]
)
async def test_what_the_ledger_does_not_back_has_no_receipt(
    store: Store, engine: Engine, make: Make, edit: str, field: str
) -> None:
    decision = await make(store)
    assert decision.resolution is not None
    assert (await receipt(store, decision))["outcome"] == decision.resolution.outcome.name
    await tampering.run(engine, f"UPDATE decision SET {edit} WHERE id = '{decision.id}'")
    assert await refused(store, decision) == field


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.REJECT])
async def test_nor_has_an_appeal_whose_end_was_changed(store: Store, engine: Engine, verdict: Verdict) -> None:
    decision = await rejected(store)
    await appealed(store, decision)
    (job,) = await taken(store)
    await store.settle_if_leased(make_verdict(job, verdict, START + 40))
    first, second = await receipt(store, decision), await receipt(store, decision, 1)
    assert (first["outcome"], second["level"], second["may_pass"]) == ("REJECTED", 1, verdict is Verdict.APPROVE)
    assert first["ledger"]["sequence"] < second["ledger"]["sequence"]
    other = Outcome.CORRECTED.value
    await tampering.run(engine, f"UPDATE appeal SET outcome = {other} WHERE level = 1")
    assert await refused(store, decision, 1) == "outcome"
    assert await receipt(store, decision) == first


async def test_nor_has_what_is_still_open_by_the_ledger(store: Store, engine: Engine) -> None:
    decision = (await leased(store)).decision
    end = f"outcome = {Outcome.APPROVED.value}, resolved_by = 'rita', resolve_time = {START}, comment = ''"
    await tampering.run(engine, f"UPDATE decision SET {end} WHERE id = '{decision.id}'")
    assert await refused(store, decision) == "outcome"


async def test_nor_has_that_whose_entries_were_emptied_without_an_erasure(torn: Store, engine: Engine) -> None:
    decision = await rejected(torn)
    await tampering.run(
        engine,
        f"UPDATE decision SET outcome = {Outcome.APPROVED.value} WHERE id = '{decision.id}'",
        "UPDATE ledger SET body = '' WHERE kind = 'review.given'",
    )
    assert await refused(torn, decision) == "ledger"


async def test_whatever_ended_it_the_receipt_is_the_same_after_an_erasure(store: Store) -> None:
    for make in (commented, corrected, withdrawn, rejected, passed, blocked, expired):
        decision = await make(store)
        before = await receipt(store, decision)
        assert await erase(store, decision) == 1
        assert await receipt(store, decision) == before


@pytest.mark.parametrize(
    "outcome", [each for each in Outcome if each is not Outcome.REJECTED], ids=lambda each: each.name
)
@pytest.mark.parametrize("owned", [True, False], ids=["row says erased", "row does not"])
async def test_nor_has_it_another_by_an_erasure_that_somebody_made_up(
    torn: Store, engine: Engine, outcome: Outcome, owned: bool
) -> None:
    decision = await commented(torn)
    await forged(engine, decision, outcome)
    if owned:
        await tampering.run(engine, f"UPDATE decision SET erase_time = {START + 50} WHERE id = '{decision.id}'")
    assert await refused(torn, decision) == "outcome"


async def test_nor_may_a_correction_be_another_by_it(torn: Store, engine: Engine) -> None:
    """The entry has its hash, and that is what is signed."""
    decision = await corrected(torn)
    before = await receipt(torn, decision)
    other = """corrected_prediction = '{"approve":true}'"""
    await tampering.run(engine, f"UPDATE decision SET {other}, erase_time = {START + 50} WHERE id = '{decision.id}'")
    assert await receipt(torn, decision) == before


@pytest.mark.parametrize("kind", ["decision.submitted", "decision.amended"])
@pytest.mark.parametrize("erased", [True, False])
async def test_nor_has_that_whose_proposal_is_gone_from_the_ledger(
    torn: Store, engine: Engine, kind: str, erased: bool
) -> None:
    decision = (await admit(torn, make_admission())).decision
    await torn.amend_if_open(amendment(decision))
    (job,) = await torn.lease_most_urgent(make_lease_request(LATER))
    await torn.settle_if_leased(make_verdict(job, Verdict.REJECT, LATER + 1))
    when = START + 50 if erased else "NULL"
    await tampering.run(
        engine, f"UPDATE ledger SET body = '' WHERE kind = '{kind}'", f"UPDATE decision SET erase_time = {when}"
    )
    assert await refused(torn, decision) in ("ledger", "create_time")


@pytest.mark.parametrize("hashed", [False, True], ids=["body", "body and its hash"])
async def test_nor_has_that_whose_row_and_entry_were_edited_alike(torn: Store, engine: Engine, hashed: bool) -> None:
    decision = await commented(torn)
    await alike(torn, engine, decision, hashed=hashed)
    assert await refused(torn, decision) == "ledger"
    assert await refused(torn, decision) == "ledger"


@pytest.mark.parametrize("hashed", [False, True], ids=["body", "body and its hash"])
async def test_an_erasure_does_not_hide_what_was_edited(torn: Store, engine: Engine, hashed: bool) -> None:
    decision = await commented(torn)
    await alike(torn, engine, decision, hashed=hashed)
    assert await erase(torn, decision) == 1
    assert await refused(torn, decision) == "ledger"


async def test_a_tie_by_a_correction_has_the_same_one_after_an_erasure(store: Store) -> None:
    admission = await asked(store, Quorum((Term(2, 2),), extra=0))
    rita, ben = await held(store, admission, "rita", "ben")
    await says(store, rita)
    await says(store, ben, Verdict.CORRECT, correction=CORRECTION)
    before = await receipt(store, admission.decision)
    assert await erase(store, admission.decision) == 1
    assert await receipt(store, admission.decision) == before


async def test_of_what_was_appealed_each_end_stands_for_itself(store: Store) -> None:
    decision = await blocked(store)
    await appealed(store, decision)
    (job,) = await taken(store)
    await store.settle_if_leased(make_verdict(job, Verdict.APPROVE, START + 40, comment="fine"))
    before = [await receipt(store, decision, level) for level in (0, 1)]
    assert await erase(store, decision) == 1
    assert [await receipt(store, decision, level) for level in (0, 1)] == before


async def erase(store: Store, decision: Decision) -> int:
    """How many were erased of one."""
    return await store.privacy.erase_if_ended(Erasure(Target(decision.id), "ada", "asked", START + 60), 10)


async def forged(engine: Engine, decision: Decision, outcome: Outcome) -> None:
    """Another outcome, the verdict's words gone, and an erasure that says what fits, at the ledger's end."""
    said = {"asked_for": "decision", "outcome": outcome.name}
    await tampering.run(
        engine,
        f"UPDATE decision SET outcome = {outcome.value} WHERE id = '{decision.id}'",
        "INSERT INTO ledger (sequence, time, kind, actor, decision_id, task_id, body, body_hash, previous, hash) "
        f"SELECT max(sequence) + 1, {START + 50}, 'decision.erased', 'ada', '{decision.id}', '', "
        f"'{canonical(said)}', 'x', 'y', 'z' FROM ledger",
        "DELETE FROM ledger_words",
    )


async def alike(store: Store, engine: Engine, decision: Decision, *, hashed: bool) -> None:
    """The row and the verdict's entry say that it was approved."""
    ledger = await store.evidence.entries(0, 100, 1 << 30)
    entry = next(each for each in ledger if (each.kind, each.decision_id) == ("review.given", decision.id))
    body = canonical({**json.loads(entry.body), "outcome": "APPROVED", "verdict": "APPROVE"})
    also = f", body_hash = '{digest(body)}'" if hashed else ""
    await tampering.run(
        engine,
        f"UPDATE decision SET outcome = {Outcome.APPROVED.value} WHERE id = '{decision.id}'",
        f"UPDATE ledger SET body = '{body}'{also} WHERE sequence = {entry.sequence}",
    )


# What nobody has touched has its receipt, however it came about


async def test_a_tie_by_a_correction_has_one(store: Store) -> None:
    admission = await asked(store, Quorum((Term(2, 2),), extra=0))
    rita, ben = await held(store, admission, "rita", "ben")
    await says(store, rita)
    await says(store, ben, Verdict.CORRECT, correction=CORRECTION)
    said = await receipt(store, admission.decision)
    assert (said["outcome"], said["resolved_by"]) == ("REJECTED", "policy:tie-break")
    assert "corrected_prediction_hash" not in said


async def test_what_was_amended_twice_has_one(store: Store, engine: Engine) -> None:
    decision = (await admit(store, make_admission())).decision
    first = amendment(decision)
    strict = ReceiptTerms(once=True)
    first = replace(first, decision=replace(first.decision, receipt=strict))
    before = (await store.amend_if_open(first)).decision
    second = amendment(before, proposal=make_proposal(confidence=0.7, reasoning="another"))
    after = (await store.amend_if_open(second)).decision
    (job,) = await store.lease_most_urgent(make_lease_request(LATER))
    await store.settle_if_leased(make_verdict(job, Verdict.APPROVE, LATER + 1))
    said = await receipt(store, after)
    assert (said["payload_hash"], said["redeem"]) == (after.payload_hash, "once")
    await tampering.run(engine, f"UPDATE decision SET payload_hash = '{before.payload_hash}'")
    assert await refused(store, after) == "payload_hash"
