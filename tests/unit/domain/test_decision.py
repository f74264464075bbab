"""The payload hash: it binds a verdict to exactly what was submitted, for as long as ledgers are kept."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace

import pytest

from andon.domain.canonical import JsonObject
from andon.domain.decision import (
    Attributes,
    Decision,
    DecisionState,
    Model,
    Outcome,
    Proposal,
    Reason,
    Resolution,
    Route,
    Routing,
    payload_hash,
)

PROPOSAL = Proposal(
    action="refund.issue",
    confidence=0.72,
    input={"order": "A-4711", "lines": [1, 2.5]},
    prediction={"approve": True, "amount": 45.5},
    reasoning="the parcel never came — 30 days",
    model=Model("refund-bot", "2026-08-01"),
    attributes=Attributes(amount=45.5, currency="EUR", irreversible=True, subject="customer-1", extra={"tier": "gold"}),
)
CANONICAL = (
    '{"action":"refund.issue","attributes":{"amount":45.5,"currency":"EUR","extra":{"tier":"gold"},'
    '"irreversible":true,"subject":"customer-1"},"confidence":0.72,"input":{"lines":[1,2.5],"order":"A-4711"},'
    '"model":{"name":"refund-bot","version":"2026-08-01"},"prediction":{"amount":45.5,"approve":true},'
    '"reasoning":"the parcel never came — 30 days","submitter":"refund-service"}'
)
GOLDEN = "e0d502ac97569dae6a6cc8bff36f6c3df585ab982d9177be2bc8441113b26a6e"


def changed(**values: object) -> Proposal:
    return replace(PROPOSAL, **values)  # type: ignore[arg-type]  # names are checked by `replace`


def with_attributes(**values: object) -> Proposal:
    return replace(PROPOSAL, attributes=replace(PROPOSAL.attributes, **values))  # type: ignore[arg-type]  # as above


def test_the_hash_never_changes_from_release_to_release() -> None:
    assert payload_hash(PROPOSAL, "refund-service") == GOLDEN
    assert hashlib.sha256(CANONICAL.encode()).hexdigest() == GOLDEN


def test_whom_the_submitter_acts_for_is_hashed_where_there_is_somebody() -> None:
    acting = changed(on_behalf_of="anna")
    text = CANONICAL.replace('"prediction"', '"on_behalf_of":"anna","prediction"')
    assert payload_hash(acting, "refund-service") == hashlib.sha256(text.encode()).hexdigest() != GOLDEN
    assert payload_hash(changed(on_behalf_of=""), "refund-service") == GOLDEN


def test_the_order_of_fields_and_the_kind_of_number_do_not_matter() -> None:
    same = changed(
        input={"lines": [1.0, 2.5], "order": "A-4711"},
        prediction={"amount": 45.5, "approve": True},
    )
    assert payload_hash(same, "refund-service") == GOLDEN


DIFFERENT = {
    "action": changed(action="refund.deny"),
    "confidence": changed(confidence=0.73),
    "input": changed(input={"order": "A-4711", "lines": [2.5, 1]}),
    "prediction": changed(prediction={"approve": 1, "amount": 45.5}),
    "on_behalf_of": changed(on_behalf_of="anna"),
    "reasoning": changed(reasoning=""),
    "model": changed(model=Model("refund-bot", "")),
    "model's name": changed(model=Model("refund-bot2", "2026-08-01")),
    "amount": with_attributes(amount=45.6),
    "no amount": with_attributes(amount=None),
    "amount 0": with_attributes(amount=0.0),
    "currency": with_attributes(currency="USD"),
    "irreversible": with_attributes(irreversible=False),
    "anomalous": with_attributes(anomalous=True),
    "regulated": with_attributes(regulated=True),
    "high_value": with_attributes(high_value=True),
    "subject": with_attributes(subject="customer-2"),
    "extra": with_attributes(extra={}),
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_each_field_matters(what: str) -> None:
    assert payload_hash(DIFFERENT[what], "refund-service") != GOLDEN


def test_all_differences_differ_from_each_other_and_the_submitter_matters() -> None:
    hashes = {payload_hash(proposal, "refund-service") for proposal in DIFFERENT.values()}
    assert len(hashes | {payload_hash(PROPOSAL, "another-service")}) == len(DIFFERENT) + 1


def test_every_field_of_a_proposal_is_covered() -> None:
    covered = " ".join(DIFFERENT)
    for kind in (Proposal, Attributes):
        for field in filter(lambda each: each.compare, fields(kind)):
            assert field.name in covered or field.name == "attributes"


def test_unset_attributes_are_left_out_and_an_amount_of_zero_is_kept() -> None:
    assert Attributes().as_json() == {}
    assert Attributes(amount=0.0).as_json() == {"amount": 0.0}
    everything: JsonObject = {
        "amount": 1.0,
        "currency": "EUR",
        "irreversible": True,
        "anomalous": True,
        "regulated": True,
        "high_value": True,
        "subject": "x",
        "extra": {"a": 1},
    }
    assert Attributes(**everything).as_json() == everything  # type: ignore[arg-type]  # as stored


def test_the_decisive_rule_is_the_first_that_asked_for_the_route_that_won() -> None:
    reasons = (Reason("a", "", Route.AUTO_APPROVE), Reason("b", "", Route.REVIEW), Reason("c", "", Route.REVIEW))
    assert Routing(Route.REVIEW, reasons, "p", "r", 1.0).decisive_rule() == "b"
    assert Routing(Route.BLOCK, reasons, "p", "r", 1.0).decisive_rule() == ""


def test_a_decision_is_pending_until_it_is_resolved() -> None:
    decision = Decision("1", PROPOSAL, "s", GOLDEN, Routing(Route.REVIEW, (), "p", "r", 1.0), 0)
    assert (decision.name, decision.state) == ("decisions/1", DecisionState.PENDING)
    ended = replace(decision, resolution=Resolution(Outcome.EXPIRED, "deadline", 1))
    assert ended.state is DecisionState.RESOLVED


def test_the_stricter_route_is_the_larger_number() -> None:
    assert max(Route.AUTO_APPROVE, Route.BLOCK, Route.REVIEW) is Route.BLOCK
    assert Route.REVIEW > Route.AUTO_APPROVE
