"""Nobody finds a decision by what is kept from them of it: no search tells word by word what is masked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any, Final

import pytest

from andon.domain.decision import Decision
from andon.domain.review import Verdict
from andon.domain.search import Clearance, DecisionQuery, View, Window
from andon.domain.sensitive import NOTHING, Sensitive
from andon.store.port import Store
from tests.builders import make_admission, make_decision, make_proposal, make_verdict
from tests.clock import START
from tests.store.engines import ENGINES, SEALED, Engine
from tests.store.helpers import admitted, leased

SUBJECT: Final = "customers/4711"
RECORDED: Final = Sensitive.of({"input.iban": ["lead"], "prediction": ["lead", "auditor"]})
NAMELESS: Final = Sensitive.of({"attributes.subject": ["lead"], "reasoning": []})
PAYLOAD: Final = ("no93", "oslo", "perhaps", "because-of", "answer-is")


@pytest.fixture(params=[*ENGINES, *SEALED])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Every engine, in the clear and encrypted."""
    with {**ENGINES, **SEALED}[request.param](request) as engine:
        yield engine


@pytest.fixture(autouse=True)
async def _three(store: Store) -> None:
    """1 has nothing sensitive, 2 what is `RECORDED`, and 3, of another action and on somebody's behalf, `NAMELESS`."""
    await _corrected(store, _decision("refund.issue", NOTHING))
    await _corrected(store, _decision("refund.issue", RECORDED))
    await admitted(store, make_admission(_decision("pay.out", NAMELESS, on_behalf_of="ann")))


def _decision(action: str, sensitive: Sensitive, on_behalf_of: str = "") -> Decision:
    proposal = make_proposal(
        action,
        input={"iban": "NO93", "city": "Oslo"},
        prediction={"text": "answer-is"},
        reasoning="because-of",
        subject=SUBJECT,
    )
    return replace(make_decision(replace(proposal, on_behalf_of=on_behalf_of)), sensitive=sensitive)


async def _corrected(store: Store, decision: Decision) -> None:
    job = await leased(store, make_admission(decision))
    await store.settle_if_leased(
        make_verdict(job, Verdict.CORRECT, START, correction={"text": "Perhaps"}, comment="half-right")
    )


def of(name: str = "rita", *roles: str, hidden: Any = (), nameless: Any = ()) -> Clearance:
    views = [View(role, frozenset(hidden), frozenset(nameless)) for role in roles or ("reviewer",)]
    return Clearance(name, tuple(views))


async def found(store: Store, clearance: Clearance | None, *words: str, **query: Any) -> list[int]:
    asked = DecisionQuery(100, words=words, clearance=clearance, **query)
    return [decision.sequence for decision in await store.list_decisions(asked)]


@pytest.mark.parametrize(
    ("clearance", "expected"),
    [
        (None, [3, 2, 1]),
        (of(), [1]),
        (of("rita", "auditor"), [1]),
        (of("rita", "lead"), [2, 1]),
        (of("rita", "reviewer", "lead"), [2, 1]),
        (of("refund-service", "submitter"), [3, 2, 1]),
        (of("ann", "reviewer"), [3, 1]),
        (of("rita", "lead", hidden={"refund.*"}), []),
        (of("rita", "lead", hidden={"refund.issue"}), []),
        (of("rita", "lead", hidden={"refund.issu", "refund.issue.*", "refund*"}), [2, 1]),
        (of("rita", "lead", hidden={"*"}), []),
        (of("ann", "lead", hidden={"*"}), [3]),
        (Clearance("rita", (View("reviewer"), View("lead", frozenset({"*"})))), [1]),
        (Clearance("rita"), []),
    ],
    ids=count(),
)
async def test_payloads_are_found_by_whom_all_of_them_is_shown(
    store: Store, clearance: Clearance | None, expected: list[int]
) -> None:
    for word in PAYLOAD:
        wanted = [each for each in expected if word != "perhaps" or each != 3]
        assert await found(store, clearance, word) == wanted, word
    assert await found(store, clearance, "half-right", "refund-service") == [2, 1]  # nothing of it is masked
    assert await found(store, clearance, "NO93", "issue") == [each for each in expected if each != 3]


@pytest.mark.parametrize(
    ("clearance", "expected"),
    [
        (None, [3, 2, 1]),
        (of(), [2, 1]),
        (of("rita", "lead"), [3, 2, 1]),
        (of("rita", "reviewer", "lead"), [3, 2, 1]),
        (of("rita", "lead", nameless={"refund.*"}), [3]),
        (of("rita", "lead", nameless={"*"}), []),
        (of("ann", "reviewer", nameless={"*"}), [3]),
        (of("refund-service", "submitter", nameless={"*"}), [3, 2, 1]),
    ],
    ids=count(),
)
async def test_subjects_are_found_by_whom_they_are_shown(
    store: Store, clearance: Clearance | None, expected: list[int]
) -> None:
    assert await found(store, clearance, subject=SUBJECT) == expected
    assert await found(store, clearance, "4711") == await found(store, clearance, SUBJECT.upper()) == expected
    assert await found(store, clearance, subject="customers/9") == []


async def test_what_is_hidden_is_as_what_is_not_there(store: Store) -> None:
    """A bounded look reaches as far as if what is hidden of the subject did not exist."""
    hidden = of("rita", "reviewer", nameless={"refund.*"})
    for reach in (1, 2, 3):
        for more in ({}, {"words": ("no93",)}, {"model": "refund-bot"}):
            query = DecisionQuery(10, subject=SUBJECT, clearance=hidden, **more)
            assert await store.window(query, reach) == await store.window(replace(query, subject="nobody"), reach)
            assert list(await store.list_decisions(query)) == []


async def test_a_bounded_look_counts_what_may_be_found(store: Store) -> None:
    query = DecisionQuery(10, subject=SUBJECT, words=("no93",), clearance=of())
    assert await store.window(query, 1) == Window(2, 4, START)
    assert await store.window(query, 2) == Window(1, 4)
    everything = replace(query, clearance=None)
    assert await store.window(everything, 1) == Window(3, 4, START)
