"""Who is shown what of a decision, who leaves a record of it, and by what they may look for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import pytest

from andon.domain.appeal import Appeal
from andon.domain.canonical import JsonObject
from andon.domain.decision import Decision, Outcome, Resolution
from andon.domain.event import DecisionEvent, EventKind
from andon.domain.masking import MASK, told_paths
from andon.domain.presentation import Presentation
from andon.domain.principal import Principal, Role
from andon.domain.review import Review, Shown, Verdict
from andon.domain.search import Clearance, View
from andon.domain.sensitive import NOTHING, Sensitive
from andon.store.values import Job
from andon.usecases.masking import Masks
from tests.builders import make_decision, make_proposal, make_task
from tests.clock import START
from tests.unit.usecases.world import ADMIN, SERVICE, FakePolicies, reviewer

RITA: Final = reviewer("rita")
LENA: Final = reviewer("lena", role=Role.LEAD)
ANN: Final = Principal("ann", frozenset({Role.SUBMITTER}))
IBAN: Final = Sensitive.of({"prediction.iban": ["lead"]})


class Recorded:
    """Keeps who was recorded as a reader of what."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Sequence[Decision]]] = []

    async def record(self, principal: Principal, decisions: Sequence[Decision]) -> None:
        self.told.append((principal.name, decisions))


class Desk:
    """Masks under policies that call this sensitive, by action."""

    def __init__(self, **secrets: Sensitive) -> None:
        self.policies: Final = FakePolicies()
        self.policies.secrets = {action.replace("_", "."): sensitive for action, sensitive in secrets.items()}
        self.reads: Final = Recorded()
        self.masks: Final = Masks(lambda: self.policies, self.reads)  # type: ignore[arg-type]  # it has what is called


def given(sensitive: Sensitive = NOTHING, **proposed: Any) -> Decision:
    proposal = make_proposal("refund.issue", prediction={"amount": 1, "iban": "DE89"}, subject="customers/1")
    return replace(make_decision(replace(proposal, **proposed)), sensitive=sensitive)


def corrected(decision: Decision) -> Decision:
    return replace(decision, resolution=Resolution(Outcome.CORRECTED, "rita", START, {"amount": 2, "iban": "NL91"}))


def reviewed(**details: Any) -> DecisionEvent:
    return DecisionEvent(EventKind.REVIEWED, START, "rita", "1", details, 7)


def test_where_nothing_is_sensitive_it_is_the_same_object() -> None:
    desk, decision = Desk(other_action=IBAN), given()
    assert desk.masks.of(RITA, decision) is decision
    assert desk.masks.kept(RITA, decision) == ()


def test_kept_is_what_was_recorded_and_what_the_policies_in_force_keep() -> None:
    desk = Desk(refund_issue=Sensitive.of({"input": ["lead", "reviewer"], "reasoning": ["lead"]}))
    decision = given(Sensitive.of({"input": ["lead"], "prediction.iban": []}))
    assert desk.masks.kept(RITA, decision) == ("input", "prediction.iban", "reasoning")
    assert desk.masks.kept(LENA, decision) == ("prediction.iban",)
    assert desk.masks.of(LENA, decision).proposal.prediction == {"amount": 1, "iban": MASK}


def test_a_role_that_only_one_of_both_shows_it_to_is_not_shown_it() -> None:
    desk = Desk(refund_issue=Sensitive.of({"reasoning": ["auditor"]}))
    both = Principal("both", frozenset({Role.REVIEWER, Role.AUDITOR}))
    assert desk.masks.kept(both, given(Sensitive.of({"reasoning": ["reviewer"]}))) == ("reasoning",)


@pytest.mark.parametrize("own", [SERVICE, ANN])
def test_whose_it_is_is_shown_all(own: Principal) -> None:
    decision = given(Sensitive.of({"reasoning": []}), on_behalf_of="ann")
    assert Desk().masks.of(own, decision) is decision
    assert Desk().masks.of(ADMIN, decision).masked == ("reasoning",)


def test_corrections_are_masked_in_appeals_and_verdicts() -> None:
    desk, decision = Desk(), corrected(given(IBAN))
    shown = desk.masks.of(RITA, decision)
    open_one = Appeal(decision.id, 1, "ann", "no", START, "2")
    ended = replace(open_one, resolution=decision.resolution)
    first, second = desk.masks.appeals(shown, [open_one, ended])
    assert first is open_one
    assert second.resolution == shown.resolution
    assert second.resolution is not None
    assert second.resolution.corrected_prediction == {"amount": 2, "iban": MASK}
    assert desk.masks.appeals(decision, [ended]) == [ended]
    opened = Shown("0" * 64, ("prediction.iban[0].CANARY", "input.x"), ("prediction.iban",))
    changed = ("amount", "iban.CANARY", "iban.other")
    review = Review(
        "1", decision.id, "rita", Verdict.CORRECT, START, {"iban": {}}, changed_fields=changed, shown=opened
    )
    assert desk.masks.review(decision, review) is review
    kept = desk.masks.review(shown, review)
    assert (kept.corrected_prediction, kept.changed_fields) == ({"iban": MASK}, ("amount", "iban"))
    assert kept.shown == Shown("0" * 64, ("prediction.iban", "input.x"), ("prediction.iban",))


async def test_events_are_masked_and_who_is_shown_a_correction_is_recorded() -> None:
    desk, decision = Desk(), given(IBAN)
    said: JsonObject = {"amount": 2, "iban": "NL91"}
    verdict = reviewed(
        corrected_prediction=said,
        corrected_prediction_hash="0",
        changed_fields=["amount", "iban.x"],
        comment="NL91",
        shown={"digest": "0", "opened": ["prediction.iban.x"], "unopened": []},
    )
    blind, other = reviewed(), replace(reviewed(comment="b"), kind=EventKind.RELEASED)
    told = await desk.masks.events(RITA, decision, [verdict, blind, other])
    assert told[0].details == {
        **verdict.details,
        "corrected_prediction": {"amount": 2, "iban": MASK},
        "changed_fields": ("amount", "iban"),
        "shown": {"digest": "0", "opened": ("prediction.iban",), "unopened": ()},
    }
    assert list(told[1:]) == [blind, other]
    assert desk.reads.told == []
    assert await desk.masks.events(LENA, decision, [blind]) == [blind]
    assert desk.reads.told == []
    assert await desk.masks.events(LENA, decision, [verdict]) == [verdict]
    assert desk.reads.told == [("lena", [decision])]
    assert await desk.masks.events(SERVICE, decision, [verdict]) == [verdict]
    assert len(desk.reads.told) == 1


@pytest.mark.parametrize(
    ("decision", "full", "brief"),
    [
        (given(), False, False),
        (given(Sensitive.of({"prediction.iban": ["auditor"]})), False, False),
        (given(IBAN), True, False),
        (corrected(given(IBAN)), True, True),
        (replace(given(IBAN), appeals=1), True, True),
        (given(Sensitive.of({"attributes.subject": ["lead"]})), True, True),
        (corrected(given(Sensitive.of({"input.iban": ["lead"]}))), True, False),
        (replace(given(IBAN), submitter="lena"), False, False),
    ],
)
async def test_who_is_given_something_sensitive_is_recorded(decision: Decision, full: bool, brief: bool) -> None:
    for whole, recorded in ((True, full), (False, brief)):
        desk = Desk()
        await desk.masks.shown(LENA, [given(), decision], full=whole)
        assert desk.reads.told == ([("lena", [decision])] if recorded else [])


@pytest.mark.parametrize(
    ("effect", "recorded"),
    [
        ("Pay {prediction.amount}", False),
        ("Pay {prediction.amount} to {prediction.iban}", True),
        ("Pay it to {prediction.iban.account}", True),
        ("Pay {{prediction.iban}}", False),
    ],
)
async def test_a_sentence_that_quotes_something_sensitive_is_recorded_too(effect: str, recorded: bool) -> None:
    decision = given(IBAN)
    job = Job(make_task(decision, presentation=Presentation(effect)), decision)
    for full in (False, True):
        desk = Desk()
        await desk.masks.shown_work(LENA, [replace(job, task=make_task(given())), job], full=full)
        assert len(desk.reads.told) == (recorded or full)
        desk.reads.told.clear()
        await desk.masks.shown_work(RITA, [job], full=full)
        assert desk.reads.told == []


def test_a_search_is_cleared_by_what_the_policies_keep_from_each_role() -> None:
    desk = Desk(refund_issue=IBAN, pay_out=Sensitive.of({"attributes.subject": ["reviewer"]}))
    two = Principal("two", frozenset({Role.REVIEWER, Role.LEAD}))
    lead, plain = (
        View("lead", frozenset({"pay.out"}), frozenset({"pay.out"})),
        View("reviewer", frozenset({"refund.issue"})),
    )
    assert desk.masks.clearance(two) == Clearance("two", (lead, plain))
    assert Desk().masks.clearance(RITA) == Clearance("rita", (View("reviewer"),))


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("to.iban", "to"),
        ("to", "to"),
        ("to[3].iban", "to"),
        ("tooth.iban", "tooth.iban"),
        ("lines[2].a.b", "lines[2].a"),
        ("lines[2].b", "lines[2].b"),
    ],
)
def test_paths_end_where_they_lead_into_what_is_kept(path: str, told: str) -> None:
    assert told_paths((path, path), ("prediction.lines.a", "prediction.to"), "prediction") == (told,)
    assert told_paths((f"prediction.{path}",), ("prediction.lines.a", "prediction.to")) == (f"prediction.{told}",)


def test_of_what_is_kept_whole_no_path_is_told() -> None:
    assert told_paths(("a", "b.c"), ("prediction",), "prediction") == ("*",)
    assert told_paths(("a",), ("input",), "prediction") == ("a",)
