"""What receipts say, to whom, and when; and who may redeem."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import jwt
import pytest

from andon.domain.appeal import AppealPlan
from andon.domain.canonical import JsonObject, canonical, digest
from andon.domain.clock import DAY, HOUR, MINUTE, SECOND, rfc3339
from andon.domain.decision import Decision, Route
from andon.domain.errors import DecisionNotFound, NotRedeemable, NotResolved, PolicyStricter
from andon.domain.plan import Quorum, Term, TimeoutDefault, WorkPlan
from andon.domain.principal import Principal, Role
from andon.domain.receipt import Naming, ReceiptTerms
from andon.domain.review import Shown, Verdict
from andon.keys.ring import KeyRing
from andon.store.ledger import LedgerKind
from andon.usecases.receipts import TYPE, Receipts, signed
from andon.usecases.redeem import Redeem
from andon.workers.timers import Expire
from tests.store.helpers import entries
from tests.unit.usecases.world import ADMIN, OTHER_SERVICE, PLAN, SERVICE, RuledPolicies, World, command, reviewer

ACTION: Final = "refund.issue"
AUDITOR: Final = Principal("otto", frozenset({Role.AUDITOR}))
ONCE: Final = ReceiptTerms(once=True)


async def claims(world: World, decision: Decision, by: Principal = SERVICE, level: int = 0) -> dict[str, Any]:
    """What the receipt says, as PyJWT reads it."""
    text = await Receipts(world.context).get(by, decision.id, level)
    key = jwt.PyJWK(_first(world.context.signer.jwks()))
    unchecked = {"verify_exp": False, "verify_iat": False}
    found: dict[str, Any] = jwt.decode(text, key, algorithms=["EdDSA"], options=unchecked)  # type: ignore[arg-type]
    assert header(text)["typ"] == TYPE
    return found


def header(text: str) -> dict[str, Any]:
    """The first part of a JWS."""
    part = text.split(".", 1)[0]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def _first(jwks: JsonObject) -> dict[str, Any]:
    keys: Any = jwks["keys"]
    found: dict[str, Any] = keys[0]
    return found


async def judged(world: World, verdict: Verdict = Verdict.APPROVE, **fields: Any) -> Decision:
    """A decision that rita has ended."""
    await world.submitted(ACTION)
    desk = world.desk(reviewer("rita"))
    settled = await world.settled(await desk.leased(), verdict, **fields)
    await desk.close()
    return settled.job.decision


async def test_it_says_how_a_decision_ended_and_who_said_so(world: World) -> None:
    world.context.origin = "andon.example.com/ledger"
    decision = await judged(world, shown=Shown("d" * 64, (), (), 5))
    (entry,) = await entries(world.real, LedgerKind.REVIEWED)
    end = decision.resolution
    assert end is not None
    assert await claims(world, decision) == {
        "iss": "andon.example.com/ledger",
        "sub": decision.name,
        "jti": f"{decision.id}.0",
        "iat": end.time // SECOND,
        "exp": (end.time + DAY) // SECOND,
        "action": ACTION,
        "ledger": {"sequence": entry.sequence, "hash": entry.hash},
        "level": 0,
        "may_pass": True,
        "outcome": "APPROVED",
        "payload_hash": decision.payload_hash,
        "policy": "fake",
        "resolve_time": rfc3339(end.time),
        "resolved_by": "rita",
        "reviews": [{"reviewer": "rita", "time": rfc3339(end.time), "verdict": "APPROVE", "shown": "d" * 64}],
        "revision": decision.routing.revision,
        "submitter": SERVICE.name,
    }


async def test_it_is_the_same_each_time_also_when_its_time_is_over(world: World) -> None:
    decision, receipts = await judged(world), Receipts(world.context)
    first = await receipts.get(SERVICE, decision.id)
    world.clock.advance(400 * DAY)
    assert await receipts.get(AUDITOR, decision.id) == first


async def test_other_keys_sign_the_same_claims(world: World) -> None:
    decision = await judged(world)
    before = await claims(world, decision)
    world.context.signer = KeyRing.fresh(1)
    assert await claims(world, decision) == before


class Rotating:
    """Keys that are rotated between the look at their id and the signature, once."""

    def __init__(self) -> None:
        self.old, self.new, self.asked = KeyRing.fresh(0), KeyRing.fresh(1), 0

    def jwks(self) -> JsonObject:
        self.asked += 1
        return (self.old if self.asked == 1 else self.new).jwks()

    def sign(self, message: bytes) -> tuple[str, bytes]:
        return self.new.sign(message)

    def revoked_keys(self) -> list[bytes]:
        return []


def test_a_rotation_in_between_names_the_key_that_signed() -> None:
    keys = Rotating()
    text = signed(keys, canonical({"sub": "x"}))
    key = _first(keys.new.jwks())
    assert header(text) == {"alg": "EdDSA", "kid": key["kid"], "typ": TYPE}
    assert jwt.decode(text, jwt.PyJWK(key), algorithms=["EdDSA"]) == {"sub": "x"}


@pytest.mark.parametrize(
    ("action", "outcome", "passes"), [("auto.pay", "AUTO_APPROVED", True), ("block.it", "BLOCKED", False)]
)
async def test_what_the_rules_decide_has_one_as_well(world: World, action: str, outcome: str, passes: bool) -> None:
    decision = (await world.submitted(action)).decision
    (entry,) = await entries(world.real, LedgerKind.SUBMITTED)
    found = await claims(world, decision)
    assert (found["outcome"], found["may_pass"]) == (outcome, passes)
    assert found["ledger"] == {"sequence": entry.sequence, "hash": entry.hash}
    assert "reviews" not in found
    assert found["resolved_by"].partition(":")[0] in ("rule", "policy")


@pytest.mark.parametrize("kind", [LedgerKind.AMENDED, LedgerKind.REEVALUATED])
async def test_what_the_rules_block_later_names_the_entry_that_said_so(world: World, kind: LedgerKind) -> None:
    decision = (await world.submitted(ACTION)).decision
    desk = world.desk(reviewer("rita"))
    job = await desk.leased()
    world.policies = RuledPolicies(Route.BLOCK)
    if kind is LedgerKind.AMENDED:
        await world.amend.amend(SERVICE, decision.id, command(ACTION, reasoning="another"), decision.payload_hash)
    else:
        with pytest.raises(PolicyStricter):
            await world.settled(job)
    (entry,) = await entries(world.real, kind)
    found = await claims(world, decision)
    assert (found["outcome"], found["resolved_by"], found["may_pass"]) == ("BLOCKED", "rule:fresh", False)
    assert found["ledger"] == {"sequence": entry.sequence, "hash": entry.hash}


async def test_a_correction_is_named_by_its_hash(world: World) -> None:
    decision = await judged(world, Verdict.CORRECT, corrected_prediction={"approve": False})
    found = await claims(world, decision)
    assert (found["outcome"], found["may_pass"]) == ("CORRECTED", True)
    assert found["corrected_prediction_hash"] == digest(canonical({"approve": False}))


@pytest.mark.parametrize(
    ("default", "passes"), [(None, False), (TimeoutDefault.REJECT, False), (TimeoutDefault.APPROVE, True)]
)
async def test_time_passes_only_where_the_policy_says_so(
    world: World, default: TimeoutDefault | None, passes: bool
) -> None:
    world.policies.plans[ACTION] = replace(PLAN, work=WorkPlan(on_timeout=default))
    decision = (await world.submitted(ACTION)).decision
    world.clock.advance(2 * HOUR)
    await Expire(world.context).step()
    found = await claims(world, decision)
    assert (found["outcome"], found["may_pass"]) == ("EXPIRED", passes)
    assert found.get("timeout_default") == (default.name if default else None)


async def test_who_it_was_for_and_how_often_it_holds_is_said(world: World) -> None:
    world.policies.receipts = {"auto.pay": replace(ONCE, expires=15 * MINUTE), "block.it": ONCE}
    passed = (await world.submitted("auto.pay", on_behalf_of="carla")).decision
    found = await claims(world, passed)
    assert (found["redeem"], found["on_behalf_of"], found["exp"] - found["iat"]) == ("once", "carla", 15 * 60)
    assert "redeem" not in await claims(world, (await world.submitted("block.it")).decision)


# Whom it names


NAMINGS: Final[Mapping[Naming, tuple[bool, bool]]] = {
    Naming.NAMED: (True, True),
    Naming.COUNTED: (False, True),
    Naming.HIDDEN: (False, False),
}


@pytest.mark.parametrize("naming", NAMINGS)
async def test_it_names_whom_the_policy_lets_it(world: World, naming: Naming) -> None:
    world.policies.receipts[ACTION] = ReceiptTerms(naming=naming)
    decision = await judged(world)
    found = await claims(world, decision)
    named, counted = NAMINGS[naming]
    assert ("rita" in json.dumps(found), "reviews" in found, "resolved_by" in found) == (named, counted, named)
    if counted:
        assert [review["verdict"] for review in found["reviews"]] == ["APPROVE"]


async def test_an_appeal_against_a_rule_names_no_reviewer_either_and_its_own_entry(world: World) -> None:
    world.policies.appeals["auto.pay"] = AppealPlan(1, "appeals", 2 * HOUR, DAY)
    world.policies.receipts["auto.pay"] = ReceiptTerms(naming=Naming.COUNTED)
    decision = (await world.submitted("auto.pay")).decision
    await world.appeals.appeal(SERVICE, decision.id, "wrong", "")
    olga = reviewer("olga")
    await world.settled(await world.desk(olga, "appeals").leased(), Verdict.REJECT, by=olga)
    found = await claims(world, decision, level=1)
    (entry,) = await entries(world.context.store, LedgerKind.REVIEWED)
    assert (found["outcome"], found["ledger"]["hash"]) == ("REJECTED", entry.hash)
    assert [review["verdict"] for review in found["reviews"]] == ["REJECT"]
    assert "olga" not in json.dumps(found)


async def test_who_withdrew_it_is_no_reviewer(world: World) -> None:
    world.policies.receipts[ACTION] = ReceiptTerms(naming=Naming.HIDDEN)
    decision = (await world.submitted(ACTION)).decision
    await world.decisions.cancel(SERVICE, decision.id, "never mind", "")
    found = await claims(world, decision)
    assert (found["outcome"], found["resolved_by"], found["may_pass"]) == ("CANCELLED", SERVICE.name, False)


async def test_all_verdicts_of_a_quorum_are_told_and_none_before_its_end(world: World) -> None:
    world.policies.plans[ACTION] = replace(PLAN, work=WorkPlan(quorum=Quorum((Term(2, 2),))))
    decision = (await world.submitted(ACTION)).decision
    rita, ben = world.desk(reviewer("rita")), world.desk(reviewer("ben"))
    first, second = await rita.leased(), await ben.leased()
    await world.settled(first)
    with pytest.raises(NotResolved):
        await claims(world, decision)
    await world.settled(second)
    found = await claims(world, decision)
    assert [review["reviewer"] for review in found["reviews"]] == ["rita", "ben"]
    last = (await entries(world.real, LedgerKind.REVIEWED))[-1]
    assert found["ledger"]["sequence"] == last.sequence


async def test_an_appeal_has_a_receipt_of_its_own(world: World) -> None:
    world.policies.appeals[ACTION] = AppealPlan(1, "appeals", 2 * HOUR, DAY)
    decision = await judged(world, Verdict.REJECT)
    before = await claims(world, decision)
    world.clock.advance(MINUTE)
    await world.appeals.appeal(SERVICE, decision.id, "it was intact", "")
    with pytest.raises(NotResolved):
        await claims(world, decision, level=1)
    desk = world.desk(reviewer("olga"), "appeals")
    await world.settled(await desk.leased(), Verdict.APPROVE, by=reviewer("olga"))
    found = await claims(world, decision, level=1)
    assert (found["level"], found["outcome"], found["may_pass"]) == (1, "APPROVED", True)
    assert [review["reviewer"] for review in found["reviews"]] == ["olga"]
    assert (found["iat"], found["jti"]) == (before["iat"] + 60, f"{decision.id}.1")
    assert await claims(world, decision) == before
    with pytest.raises(NotResolved):
        await claims(world, decision, level=2)


async def test_it_is_not_everybodys_to_see(world: World) -> None:
    decision = (await world.submitted("auto.pay")).decision
    for stranger in (OTHER_SERVICE, reviewer("rita")):
        with pytest.raises(DecisionNotFound):
            await claims(world, decision, by=stranger)


# What binds


async def test_policies_that_change_after_the_end_change_nothing(world: World) -> None:
    world.policies.receipts[ACTION] = ONCE
    decision = await judged(world)
    world.policies = RuledPolicies(Route.REVIEW)
    found = await claims(world, decision)
    assert found["redeem"] == "once"
    assert not (await Redeem(world.context)(SERVICE, decision.id, "one")).repeated
    plain = await judged(world)
    world.policies.receipts[ACTION] = ONCE
    assert "redeem" not in await claims(world, plain)


@pytest.mark.parametrize("route", [Route.AUTO_APPROVE, Route.REVIEW])
async def test_policies_that_change_before_the_verdict_make_it_stricter(world: World, route: Route) -> None:
    await world.submitted(ACTION)
    desk = world.desk(reviewer("rita"))
    job = await desk.leased()
    world.policies = RuledPolicies(route)
    world.policies.receipts[ACTION] = replace(ONCE, expires=HOUR)
    settled = await world.settled(job)
    found = await claims(world, settled.job.decision)
    assert (found["redeem"], found["exp"] - found["iat"]) == ("once", 3600)


# Redeeming


async def test_its_submitter_and_admins_may_redeem_and_nobody_else(world: World) -> None:
    world.policies.receipts["auto.pay"] = ONCE
    for by in (SERVICE, ADMIN):
        decision = (await world.submitted("auto.pay")).decision
        for stranger in (OTHER_SERVICE, AUDITOR, reviewer("rita")):
            with pytest.raises(DecisionNotFound):
                await Redeem(world.context)(stranger, decision.id, "one")
        redeemed = await Redeem(world.context)(by, decision.id, "one")
        assert (redeemed.redemption.redeemer, redeemed.repeated) == (by.name, False)
        assert await Redeem(world.context).of(decision) == redeemed.redemption


async def test_what_holds_for_good_is_not_asked_for(world: World) -> None:
    decision = (await world.submitted("auto.pay")).decision
    assert await Redeem(world.context).of(decision) is None
    with pytest.raises(NotRedeemable):
        await Redeem(world.context)(SERVICE, decision.id, "one")
