"""Legal holds: what a dispute needs is not erased until they are released."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from andon.domain.errors import LegalHoldNotFound
from andon.domain.event import EventKind
from andon.domain.hold import LegalHold
from andon.store.ledger import LedgerKind
from andon.store.port import Store
from andon.store.privacy import HoldQuery, Release, Target
from tests.builders import make_id
from tests.clock import START
from tests.store.engines import PLAIN
from tests.store.helpers import entries
from tests.store.test_erasure import SUBJECT, ended, erased, erasure, personal

EVERY = HoldQuery(10, released=True)


def a_hold(decision_id: str = "", subject: str = "", action: str = "", reason: str = "a case") -> LegalHold:
    """A hold that was not placed yet."""
    return LegalHold(make_id(), reason, "ada", START + 50, decision_id, subject, action)


def released(hold: LegalHold, at: int = 60) -> Release:
    """A wish to end it."""
    return Release(hold.id, "bea", "settled", START + at)


async def test_a_hold_is_placed_listed_and_released(store: Store) -> None:
    first = await store.privacy.hold(a_hold(action="refund.*"))
    second = await store.privacy.hold(a_hold(subject=SUBJECT))
    assert await store.privacy.holds(HoldQuery(10)) == [second, first]
    assert await store.privacy.holds(HoldQuery(10, before=second.sequence)) == [first]
    assert await store.privacy.holds(HoldQuery(1)) == [second]
    ended = await store.privacy.release(released(first))
    assert ended == replace(first, release_time=START + 60)
    assert await store.privacy.holds(HoldQuery(10)) == [second]
    assert await store.privacy.holds(EVERY) == [second, ended]


async def test_the_ledger_says_who_held_what_and_names_no_subject(store: Store) -> None:
    hold = await store.privacy.hold(a_hold(subject=SUBJECT))
    await store.privacy.release(released(hold))
    target = {"action": "", "decision": "", "target": "subject"}
    (placed,) = await entries(store, LedgerKind.HELD)
    (freed,) = await entries(store, LedgerKind.FREED)
    assert placed.said == {**target, "name": hold.name, "reason": "a case"}
    assert freed.said == {**target, "name": hold.name, "reason": "settled"}
    assert [placed.actor, freed.actor] == ["ada", "bea"]


async def test_the_story_of_a_decision_does_not_tell_of_holds_on_it(store: Store) -> None:
    decision = await ended(store)
    before = await store.decision_events(decision.id, None, 100)
    await store.privacy.hold(a_hold(decision.id))
    assert await store.decision_events(decision.id, None, 100) == before
    assert [event.kind for event in before][-1] is EventKind.REVIEWED


async def test_the_same_hold_is_placed_once(store: Store) -> None:
    hold = a_hold(action="*")
    first = await store.privacy.hold(hold)
    assert await store.privacy.hold(replace(hold, id=make_id(), create_time=START + 55)) == first
    others = [replace(hold, reason="another"), replace(hold, principal="bea"), replace(hold, action="refund.*")]
    placed = [await store.privacy.hold(replace(other, id=make_id())) for other in others]
    await store.privacy.release(released(first))
    again = await store.privacy.hold(replace(hold, id=make_id()))
    assert len({one.id for one in (first, *placed, again)}) == 5
    assert len(await entries(store, LedgerKind.HELD)) == 5


async def test_many_who_place_the_same_at_once_place_one(store: Store, unrepeated: None) -> None:
    hold = a_hold(action="*")
    placed = await asyncio.gather(*(store.privacy.hold(replace(hold, id=make_id())) for _ in range(6)))
    assert len({one.id for one in placed}) == len(await entries(store, LedgerKind.HELD)) == 1


async def test_releasing_again_changes_nothing(store: Store) -> None:
    hold = await store.privacy.hold(a_hold(action="*"))
    first = await store.privacy.release(released(hold))
    before = await entries(store)
    assert await store.privacy.release(released(hold, at=70)) == first
    with pytest.raises(LegalHoldNotFound):
        await store.privacy.release(released(a_hold()))
    assert await entries(store) == before


@pytest.mark.parametrize("action", ["refund.issue", "refund.*", "*"])
async def test_what_an_action_holds_is_not_erased(store: Store, action: str) -> None:
    decision = await ended(store)
    hold = await store.privacy.hold(a_hold(action=action))
    assert await erased(store) == 0
    assert (await store.privacy.survey(Target(decision.id))).held_ids == (decision.id,)
    await store.privacy.release(released(hold))
    assert await erased(store) == 1


@pytest.mark.parametrize("action", ["refund.issue.*", "refund", "ref.*", "account.*"])
async def test_another_action_holds_nothing(store: Store, action: str) -> None:
    await ended(store)
    await store.privacy.hold(a_hold(action=action))
    assert await erased(store) == 1


async def test_what_a_subject_or_a_name_holds_is_not_erased(store: Store) -> None:
    decision, other = await ended(store), await ended(store, personal("somebody"))
    holds = [await store.privacy.hold(hold) for hold in (a_hold(decision.id), a_hold(subject=SUBJECT))]
    assert await erased(store, erasure(other)) == 1
    for hold in holds:
        assert await erased(store) == await erased(store, erasure(decision)) == 0
        await store.privacy.release(released(hold))
    assert await erased(store) == 1


@pytest.mark.needs(PLAIN)
async def test_a_released_hold_forgets_whom_it_was_about(store: Store) -> None:
    await ended(store)
    hold = await store.privacy.hold(a_hold(subject=SUBJECT))
    await erased(store)
    await store.privacy.release(released(hold))
    await erased(store, erasure(subject="somebody"))
    assert [found.subject for found in await store.privacy.holds(EVERY)] == [hold.subject] != [""]
    await erased(store)
    assert [found.subject for found in await store.privacy.holds(EVERY)] == [""]


async def test_either_it_is_erased_or_it_is_held(store: Store, unrepeated: None) -> None:
    for number in range(8):
        subject = f"s-{number}"
        decisions = [await ended(store, personal(subject)) for _ in range(3)]
        wanted = erasure(subject=subject)
        placing = store.privacy.hold(a_hold(subject=subject))
        await asyncio.gather(*(store.privacy.erase_if_ended(wanted, 1) for _ in range(number % 4)), placing)
        found = [await store.decision(decision.id) for decision in decisions]
        gone = [one.id for one in found if one is not None and one.erase_time is not None]
        survey = await store.privacy.survey(wanted.target)
        assert survey.held == 3 - len(gone)
        assert await erased(store, wanted) == 0
        told = [entry for entry in await entries(store) if entry.kind in (LedgerKind.ERASED, LedgerKind.HELD)]
        last = max(place for place, entry in enumerate(told) if entry.kind == LedgerKind.HELD)
        assert last == len(told) - 1
