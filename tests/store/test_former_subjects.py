"""A decision that was about somebody else before it was amended: holds on them and erasures of them reach it, too."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from andon.domain.decision import Decision
from andon.domain.event import EventKind
from andon.domain.hold import LegalHold
from andon.domain.review import Verdict
from andon.domain.search import DecisionQuery
from andon.store.ledger import LedgerKind
from andon.store.port import Store
from andon.store.privacy import Release, Target
from andon.store.values import Cancellation
from tests.builders import make_admission, make_hold, make_id, make_verdict
from tests.clock import START
from tests.store.engines import ENGINES, PLAIN, SEALED, Engine, SqliteEngine
from tests.store.helpers import admit, entries
from tests.store.test_amend import amendment
from tests.store.test_appeals import taken, wish
from tests.store.test_erasure import erased, erasure, personal, stored

ANNA, OTTO = "Anna-1", "Otto-2"
_LATEST = DecisionQuery(1)


@pytest.fixture(params=[*ENGINES, *SEALED])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Every engine, also with its contents encrypted: what a subject's key seals depends on whom it is about."""
    with {**ENGINES, **SEALED}[request.param](request) as engine:
        yield engine


async def opened(store: Store, *subjects: str) -> Decision:
    """A decision that was amended to be about each of these in turn."""
    decision = (await admit(store, make_admission(about(subjects[0])))).decision
    for subject in subjects[1:]:
        proposal = about(subject, f"again about {subject}").proposal
        decision = (await store.amend_if_open(amendment(decision, proposal=proposal))).decision
    return decision


async def judged(store: Store, *subjects: str) -> Decision:
    """The same, approved by rita."""
    await opened(store, *subjects)
    (job,) = await taken(store, "rita")
    return (await store.settle_if_leased(make_verdict(job, Verdict.APPROVE, START + 90))).job.decision


def about(subject: str, reasoning: str = "for a reason") -> Decision:
    """What says a person's name wherever it can be said."""
    decision = personal(subject)
    said: Any = {"name": subject, "letter": f"I am {subject}"}
    return replace(decision, proposal=replace(decision.proposal, input=said, prediction=said, reasoning=reasoning))


async def rows_of(engine: Any, statement: str) -> list[tuple[Any, ...]]:
    """What a statement gives, past the server."""
    if isinstance(engine, SqliteEngine):
        with closing(sqlite3.connect(engine.path)) as connection:
            return connection.execute(statement).fetchall()
    connected = await asyncpg.connect(engine.url, server_settings={"search_path": "andon"})
    try:
        return [tuple(row) for row in await connected.fetch(statement)]
    finally:
        await connected.close()


async def emptied(engine: Engine) -> list[int]:
    """The amendments of which the earlier proposal was emptied: nothing says any more whom it was about.

    What is left is sealed with the key of what is about nobody, where it is.
    """
    rows = await rows_of(engine, "SELECT amendment, subject, data_key, body FROM earlier_proposal ORDER BY amendment")
    general = [f"{id:x}." for (id,) in await rows_of(engine, "SELECT id FROM subject_key WHERE subject = ''")]
    left = ['"reasoning":""', *general]
    gone = [amendment for amendment, subject, _, body in rows if not subject and any(each in body for each in left)]
    assert all(key is None for amendment, _, key, _ in rows if amendment in gone)
    return gone


async def readable(store: Store, decision: Decision) -> bool:
    """Whether what was proposed first can be read: the rule it was held for is told of it."""
    first, *_ = await store.decision_events(decision.id, None, 100)
    return first.details["reasons"] != [{"route": "REVIEW", "rule": "amended"}]


def a_hold(subject: str) -> LegalHold:
    return LegalHold(make_id(), "a case", "ada", START + 50, subject=subject)


async def test_what_was_proposed_about_them_goes_and_the_rest_stays(engine: Engine, store: Store) -> None:
    before = await judged(store, ANNA, "eve", ANNA, OTTO)
    survey = await store.privacy.survey(Target(subject=ANNA))
    assert (survey.erasable, survey.open, survey.held) == (1, 0, 0)
    assert await erased(store, erasure(subject=ANNA)) == 1
    assert await store.decision(before.id) == before
    assert await emptied(engine) == [1, 3]
    (entry,) = await entries(store, LedgerKind.ERASED)
    assert (entry.decision_id, entry.actor) == (before.id, "ada")
    told = {name: value for name, value in entry.said.items() if name != "words_hash"}
    assert told == {"asked_for": "subject", "earlier_proposals": [1, 3], "reason": "case 7", "words_of": []}
    assert await readable(store, before)  # which rule held it is nobody's personal data


async def test_nothing_of_their_name_is_left(engine: Engine, store: Store) -> None:
    await judged(store, ANNA, OTTO)
    assert (ANNA.encode() in await stored(engine)) == (PLAIN not in engine.lacks)
    await erased(store, erasure(subject=ANNA))
    assert ANNA.encode() not in await stored(engine)


async def test_it_is_erased_once_and_a_whole_erasure_still_finds_it(engine: Engine, store: Store) -> None:
    decision = await judged(store, ANNA, "eve", OTTO)
    assert await erased(store, erasure(subject=ANNA)) == 1
    assert (await store.privacy.survey(Target(subject=ANNA))).nothing
    assert await erased(store, erasure(subject=ANNA)) == 0
    assert await emptied(engine) == [1]
    assert await erased(store, erasure(subject=OTTO)) == 1
    assert await emptied(engine) == [1, 2]
    assert (await store.privacy.survey(Target(subject="eve"))).nothing
    found = await store.decision(decision.id)
    assert found is not None
    assert found.erase_time == START + 100
    assert len(await entries(store, LedgerKind.ERASED)) == 2


async def test_its_story_is_told_with_both_erasures(engine: Engine, store: Store) -> None:
    decision = await judged(store, ANNA, OTTO)
    await store.appeal_if_resolved(replace(wish(decision), comment="unfair"))
    (job,) = await taken(store, "lena")
    await store.settle_if_leased(make_verdict(job, Verdict.APPROVE, START + 95, comment="I know them"))
    await erased(store, erasure(subject=ANNA))
    await erased(store, erasure(subject=OTTO))
    *events, before, after = await store.decision_events(decision.id, None, 100)
    assert all(event.details for event in events)
    reason, asked_for = {"reason": "case 7"}, {"asked_for": "subject"}
    gone = [event.sequence for event in events if event.kind in {EventKind.REVIEWED, EventKind.APPEALED}]
    assert after.details == {**asked_for, **reason, "words_of": gone}
    assert before.details == {**asked_for, **reason, "earlier_proposals": [1], "words_of": []}


async def test_words_go_that_were_written_while_it_was_about_them(engine: Engine, store: Store) -> None:
    first = (await admit(store, make_admission(about(ANNA)))).decision
    given_back = []
    for number, subject in enumerate((OTTO, ANNA, "eve")):
        (job,) = await taken(store, f"r{number}")
        await store.release_if_held(make_hold(job.task, START + 31), f"{number}: I know them", skip=True)
        given_back.append((await entries(store, LedgerKind.RELEASED))[-1].sequence)
        current = await store.decision(first.id)
        assert current is not None
        await store.amend_if_open(amendment(current, proposal=about(subject, subject).proposal))
    (job,) = await taken(store, "rita")
    decision = (
        await store.settle_if_leased(make_verdict(job, Verdict.APPROVE, START + 90, comment="fine"))
    ).job.decision
    assert await erased(store, erasure(subject=ANNA)) == 1
    told = await store.decision_events(decision.id, None, 100)
    said = {event.sequence: event.details.get("comment") for event in told if event.kind is EventKind.RELEASED}
    assert said == {given_back[0]: None, given_back[1]: "1: I know them", given_back[2]: None}
    assert [event.details["comment"] for event in told if event.kind is EventKind.REVIEWED] == ["fine"]
    (entry,) = await entries(store, LedgerKind.ERASED)
    assert entry.body["words_of"] == [given_back[0], given_back[2]]


async def test_what_is_open_is_left_until_it_has_ended(engine: Engine, store: Store) -> None:
    decision = await opened(store, ANNA, OTTO)
    survey = await store.privacy.survey(Target(subject=ANNA))
    assert (survey.open_ids, survey.erasable) == ((decision.id,), 0)
    assert await erased(store, erasure(subject=ANNA)) == 0
    assert await emptied(engine) == []
    await store.cancel_if_open(Cancellation(decision.id, "refund-service", "", START + 60))
    assert await erased(store, erasure(subject=ANNA)) == 1


@pytest.mark.parametrize("subject", [ANNA, OTTO])
async def test_a_hold_on_anybody_it_was_about_keeps_all_of_it(engine: Engine, store: Store, subject: str) -> None:
    decision = await judged(store, ANNA, OTTO)
    hold = await store.privacy.hold(a_hold(subject))
    for wanted in (erasure(subject=ANNA), erasure(subject=OTTO), erasure(decision)):
        assert (await store.privacy.survey(wanted.target)).held_ids == (decision.id,)
        assert await erased(store, wanted) == 0
    assert await emptied(engine) == []
    assert await readable(store, decision)
    await store.privacy.release(Release(hold.id, "bea", "settled", START + 60))
    assert await erased(store, erasure(subject=ANNA)) == 1


async def test_a_released_hold_remembers_whom_it_was_on_until_nothing_is_left(engine: Engine, store: Store) -> None:
    await judged(store, ANNA, OTTO)
    hold = await store.privacy.hold(a_hold(ANNA))
    await store.privacy.release(Release(hold.id, "bea", "settled", START + 60))
    await store.privacy.scrub(Target(subject=ANNA))
    assert [row for (row,) in await rows_of(engine, "SELECT subject FROM legal_hold")] != [""]
    await erased(store, erasure(subject=ANNA))
    assert [row for (row,) in await rows_of(engine, "SELECT subject FROM legal_hold")] == [""]


@pytest.mark.parametrize("engine", [*SEALED], indirect=True)
async def test_a_key_lasts_as_long_as_what_it_opens(engine: Engine, store: Store) -> None:
    decision = await judged(store, ANNA, OTTO)
    assert not await store.privacy.scrub(Target(subject=ANNA))
    assert await readable(store, decision)
    assert await store.privacy.erase_if_ended(erasure(subject=ANNA), 10) == 1
    assert await store.privacy.scrub(Target(subject=ANNA))
    again = await store.decision(decision.id)
    assert again == decision
    assert not await store.privacy.scrub(Target(subject=OTTO))


@pytest.mark.parametrize("engine", [*SEALED], indirect=True)
async def test_whom_it_was_about_is_stored_as_a_hash(engine: Engine, store: Store) -> None:
    await opened(store, ANNA, OTTO)
    ((subject,),) = await rows_of(engine, "SELECT subject FROM earlier_proposal")
    ((kept,),) = await rows_of(
        engine, "SELECT k.subject FROM subject_key k JOIN earlier_proposal e ON e.data_key = k.id"
    )
    assert subject == kept != ANNA


@pytest.mark.parametrize("engine", [*SEALED], indirect=True)
async def test_of_what_is_older_than_the_encryption_the_same_holds(engine: Any) -> None:
    sealed, engine._vault = engine._vault, None
    plain = await engine.open()
    old = await judged(plain, ANNA, OTTO)
    await opened(plain, "eve")
    await plain.close()
    engine._vault = sealed
    store = await engine.open()
    eve = (await store.list_decisions(_LATEST))[0]
    await store.amend_if_open(amendment(eve, proposal=about(OTTO).proposal))
    assert "eve" not in [subject for (subject,) in await rows_of(engine, "SELECT subject FROM earlier_proposal")]
    hold = await store.privacy.hold(a_hold(ANNA))
    assert (await store.privacy.survey(Target(old.id))).held_ids == (old.id,)
    await store.privacy.release(Release(hold.id, "bea", "settled", START + 60))
    assert await erased(store, erasure(subject=ANNA)) == 1
    assert (await store.privacy.survey(Target(subject="eve"))).open_ids == (eve.id,)
    await store.close()


async def test_two_who_erase_at_once_record_it_once(store: Store, unrepeated: None) -> None:
    for number in range(6):
        await judged(store, ANNA, f"otto-{number}")
    counts = await asyncio.gather(*(erased(store, erasure(subject=ANNA), limit=2) for _ in range(3)))
    assert sum(counts) == len(await entries(store, LedgerKind.ERASED)) == 6


async def test_an_erasure_finds_what_is_about_somebody_now_and_what_was(engine: Engine, store: Store) -> None:
    now, before = await judged(store, ANNA), await judged(store, ANNA, OTTO)
    assert await erased(store, erasure(subject=ANNA)) == 2
    found = [await store.decision(each.id) for each in (now, before)]
    assert [each is not None and each.erase_time is not None for each in found] == [True, False]
    assert await emptied(engine) == [1]
