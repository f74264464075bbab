"""Finding decisions: every filter, and how far one look reaches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from andon.domain.clock import HOUR, MINUTE, SECOND
from andon.domain.decision import DecisionState, Model, Outcome, Route
from andon.domain.review import Verdict
from andon.domain.search import DecisionQuery, Viewer, Window
from andon.store.port import Store
from tests.builders import make_admission, make_decision, make_proposal, make_routing, make_verdict
from tests.clock import START
from tests.store.helpers import admit, admitted, leased


async def found(store: Store, **query: Any) -> list[int]:
    """Sequences of the decisions a query finds."""
    return [decision.sequence for decision in await store.list_decisions(DecisionQuery(100, **query))]


@pytest.fixture
async def mixed(store: Store) -> None:
    """1 passed, 2 was blocked, 3 waits for the lawyers, 4 was corrected."""
    words = make_proposal("tag.add", model=Model("tagger", "7"), reasoning="Straße nach 100% Oslo_1", subject="cats/1")
    await admitted(store, make_admission(make_decision(words, route=Route.AUTO_APPROVE)))
    payload = make_proposal(
        "pay.out",
        model=Model("tagger@7", ""),
        input={"note": 'he said "now"', "iban": "NO93"},
        prediction={"text": "Ärger\nback\\slash"},
        reasoning="",
    )
    routing = make_routing(Route.BLOCK, "limit", "text")
    await admitted(store, make_admission(make_decision(payload, routing=routing, now=START + MINUTE)))
    late = make_decision(submitter="other", now=START + HOUR)
    await admit(store, make_admission(late, queue="legal", skills=("law",), urgency=0))
    job = await leased(store, make_admission(make_decision(now=START + HOUR), urgency=29))
    given = make_verdict(
        job, Verdict.CORRECT, START + HOUR, correction={"approve": "Perhaps"}, comment="Half is enough"
    )
    await store.settle_if_leased(given)


@pytest.mark.usefixtures("mixed")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"model": "tagger"}, [1]),
        ({"model": "tagger@7"}, [2, 1]),
        ({"model": "tagger@8"}, []),
        ({"model": "7"}, []),
        ({"rule": "limit"}, [2]),
        ({"rule": "lim"}, []),
        ({"rule": "because of limit"}, []),
        ({"rule": "confidence"}, [4, 3]),
        ({"rule": 'x"},{"rule":"confidence'}, []),
        ({"resolved_by": "rita"}, [4]),
        ({"resolved_by": "policy:refunds"}, [1]),
        ({"start_time": START + MINUTE}, [4, 3, 2]),
        ({"start_time": START + MINUTE + 1}, [4, 3]),
        ({"end_time": START + MINUTE}, [1]),
        ({"end_time": START + MINUTE + 1}, [2, 1]),
        ({"start_time": START + 1, "end_time": START + HOUR}, [2]),
        ({"start_time": START + 2 * HOUR}, []),
        ({"end_time": 0}, []),
        ({"floor": 3}, [4, 3]),
        ({"floor": 2, "before": 3}, [2]),
        ({"model": "refund-bot", "state": DecisionState.PENDING}, [3]),
        ({"outcome": Outcome.CORRECTED, "words": ("half",)}, [4]),
    ],
    ids=str,
)
async def test_decisions_are_filtered(store: Store, query: dict[str, Any], expected: list[int]) -> None:
    assert await found(store, **query) == expected


@pytest.mark.usefixtures("mixed")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("TAG.ADD", [1]),
        ("cats/1", [1]),
        ("OTHER", [3]),
        ("oslo", [1]),
        ("oslo_1", [1]),
        ("oslo%1", []),
        ("oslox1", []),
        ("100%", [1]),
        ("straße STRAS", []),
        ("STRAßE oslo", [1]),
        ("ärger", [2]),
        ("ÄRGER", [2]),
        ("iban no93", [2]),
        ('"NOW"', [2]),
        ("back\\slash", [2]),
        ("!", []),
        ("\u017f", []),
        ("\u212a", []),
        ("o\u017flo", []),
        ("route", []),
        ("text", [2]),
        ("limit", [2]),
        ("because limit", [2]),
        ("half enough", [4]),
        ("perhaps", [4]),
        ("half perhaps missing", []),
        ("decisions/", [4, 3, 2, 1]),
        ("parcel", [4, 3]),
    ],
)
async def test_every_word_must_stand_somewhere(store: Store, text: str, expected: list[int]) -> None:
    assert await found(store, words=tuple(text.split())) == expected


@pytest.mark.usefixtures("mixed")
async def test_a_decision_is_found_by_its_name(store: Store) -> None:
    (decision,) = await store.list_decisions(DecisionQuery(1, before=3))
    assert await found(store, words=(decision.name,)) == await found(store, words=(decision.id.upper(),)) == [2]


@pytest.mark.usefixtures("mixed")
@pytest.mark.parametrize(
    ("name", "queues", "expected"),
    [
        ("a", {"*"}, [4, 3]),
        ("a", {"legal"}, [3]),
        ("a", {"legal", "refunds"}, [4, 3]),
        ("a", set(), []),
        ("other", {"refunds"}, [4, 3]),
        ("refund-service", set(), [4, 2, 1]),
    ],
)
async def test_a_viewer_sees_the_own_and_what_was_held_for_the_own_queues(
    store: Store, name: str, queues: set[str], expected: list[int]
) -> None:
    assert await found(store, viewer=Viewer(name, frozenset(queues))) == expected


@pytest.mark.usefixtures("mixed")
async def test_what_is_large_is_left_out_where_it_is_not_wanted(store: Store) -> None:
    whole = await store.list_decisions(DecisionQuery(9))
    brief = await store.list_decisions(DecisionQuery(9, brief=True))
    for one, other in zip(whole, brief, strict=True):
        proposal = replace(one.proposal, input={}, prediction={}, reasoning="")
        assert replace(one, proposal=proposal) == other


async def windows(store: Store, reach: int, **query: Any) -> list[Window]:
    """One window after the other, from the newest on."""
    seen = [await store.window(DecisionQuery(1, **query), reach)]
    while seen[-1].more:
        seen.append(await store.window(DecisionQuery(1, before=seen[-1].floor, **query), reach))
    return seen


@pytest.fixture
async def ten(store: Store) -> None:
    """One a minute; the even ones are another's, 3, 6 and 9 are on a subject, and all but the last two have ended."""
    for number in range(1, 11):
        decision = make_decision(
            make_proposal(subject="cats/1" if number % 3 == 0 else ""),
            route=Route.REVIEW if number > 8 else Route.BLOCK,
            submitter="other" if number % 2 == 0 else "service",
            now=START + number * MINUTE,
        )
        await admitted(store, make_admission(decision))


@pytest.mark.usefixtures("ten")
@pytest.mark.parametrize(
    "query",
    [
        {},
        {"submitter": "other"},
        {"subject": "cats/1"},
        {"state": DecisionState.PENDING},
        {"submitter": "other", "start_time": START},
    ],
    ids=str,
)
async def test_what_an_index_answers_is_read_at_once(store: Store, query: dict[str, Any]) -> None:
    (window,) = await windows(store, 1, **query)
    assert (window.before, window.more) == (11, False)
    assert window.floor <= 1


@pytest.mark.usefixtures("ten")
@pytest.mark.parametrize(
    ("query", "floors"),
    [
        ({"words": ("x",)}, [7, 3, 0]),
        ({"action": "refund.*"}, [7, 3, 0]),
        ({"state": DecisionState.RESOLVED}, [7, 3, 0]),
        ({"viewer": Viewer("a", frozenset())}, [7, 3, 0]),
        ({"submitter": "other", "words": ("x",)}, [4, 0]),
        ({"submitter": "other", "state": DecisionState.PENDING}, [4, 0]),
        ({"subject": "cats/1", "submitter": "other"}, [0]),
        ({"state": DecisionState.PENDING, "words": ("x",)}, [0]),
        ({"words": ("x",), "start_time": START + 5 * MINUTE}, [7, 5]),
        ({"words": ("x",), "floor": 7}, [7]),
    ],
    ids=str,
)
async def test_what_an_index_does_not_answer_is_read_in_parts(
    store: Store, query: dict[str, Any], floors: list[int]
) -> None:
    seen = await windows(store, 4, **query)
    assert [max(window.floor, 0) for window in seen] == floors
    assert [window.before for window in seen] == [11, *floors[:-1]]
    assert [window.floor_time for window in seen] == [*(START + floor * MINUTE for floor in floors[:-1]), None]


@pytest.mark.usefixtures("ten")
@pytest.mark.parametrize("minute", range(12))
async def test_times_bound_what_is_read(store: Store, minute: int) -> None:
    moment = START + minute * MINUTE
    since = await store.window(DecisionQuery(1, start_time=moment), 100)
    until = await store.window(DecisionQuery(1, end_time=moment), 100)
    first = min(max(minute, 1), 11)
    assert since.floor == first
    assert until.before == (min(minute + 1, 11) if minute else 1)  # a few seconds more, since calls take their time


@pytest.mark.usefixtures("ten")
async def test_times_a_little_out_of_order_are_found(store: Store) -> None:
    await admitted(store, make_admission(make_decision(now=START + 10 * MINUTE + 2 * SECOND)))
    await admitted(store, make_admission(make_decision(now=START + 10 * MINUTE + SECOND)))
    query = DecisionQuery(9, end_time=START + 10 * MINUTE + 2 * SECOND, start_time=START + 10 * MINUTE + SECOND)
    window = await store.window(query, 100)
    listed = await store.list_decisions(replace(query, floor=window.floor, before=window.before))
    assert [decision.sequence for decision in listed] == [12]


async def test_an_empty_store_has_an_empty_window(store: Store) -> None:
    window = await store.window(DecisionQuery(1, start_time=START, end_time=START, words=("x",)), 4)
    assert not window.more
    assert await found(store, floor=window.floor, before=window.before) == []


async def test_a_query_for_nothing_finds_nothing(store: Store) -> None:
    await admitted(store)
    window = await store.window(DecisionQuery(1, before=0), 4)
    assert await found(store, floor=window.floor, before=window.before) == []


async def test_a_word_is_found_behind_a_nul(store: Store) -> None:
    proposal = make_proposal(input={"note": "a\0INPUT"}, reasoning="seen\0Behind", subject="s\0subject/1")
    job = await leased(store, make_admission(make_decision(proposal)))
    await store.settle_if_leased(make_verdict(job, Verdict.APPROVE, START, comment="c\0comment"))
    for word in ("input", "behind", "BEHIND", "subject/1", "Comment", "seen"):
        assert await found(store, words=(word,)) == [1], word
    assert await found(store, words=("beyond",)) == []
