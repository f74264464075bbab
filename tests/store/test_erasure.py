"""Erasing personal data: contents go for ever, and what proves that they were decided stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from andon.domain.canonical import JsonObject, digest
from andon.domain.clock import HOUR
from andon.domain.counts import Grouping
from andon.domain.decision import Attributes, Decision, Outcome
from andon.domain.errors import NotAppealable, NotRedeemable, RequestIdReused
from andon.domain.event import EventKind
from andon.domain.hold import LegalHold
from andon.domain.review import Shown, Verdict
from andon.domain.samples import SampleQuery
from andon.domain.search import DecisionQuery
from andon.domain.spans import Spans
from andon.store.ledger import LedgerKind
from andon.store.port import Store
from andon.store.privacy import Erasure, Target
from andon.store.values import Cancellation, RedeemWish
from tests.builders import make_admission, make_decision, make_hold, make_id, make_proposal, make_request, make_verdict
from tests.clock import START
from tests.store.engines import PLAIN, Engine, PostgresEngine, SqliteEngine
from tests.store.helpers import admit, admitted, entries, leased
from tests.store.tampering import run
from tests.store.test_amend import amendment
from tests.store.test_appeals import judged, seat, taken, wish
from tests.store.test_more_time import TWICE
from tests.store.test_redeem import ONCE

CANARY = "Ottilie"
SUBJECT = f"{CANARY}-1"
CORRECTION: JsonObject = {"approve": True, "payee": CANARY}

SHOWN = Shown("0" * 64, (f"input.{CANARY}",), (f"prediction.{CANARY}",), 2)


def personal(subject: str = SUBJECT) -> Decision:
    """A decision that says a person's name wherever its submitter can say something."""
    proposal = make_proposal(
        input={"name": CANARY, CANARY: 1, "letter": f"I am {CANARY}. " * 2_000},
        prediction={"approve": True, "payee": "nobody", CANARY: 1},
        reasoning=f"{CANARY} never got it",
        subject=subject,
        amount=45.5,
        currency="EUR",
        regulated=True,
        extra={"who": CANARY},
    )
    return make_decision(proposal)


def erasure(decision: Decision | None = None, subject: str = SUBJECT) -> Erasure:
    """A wish to erase one decision, or all about a subject."""
    target = Target(subject=subject) if decision is None else Target(decision.id)
    return Erasure(target, "ada", "case 7", START + 100)


async def erased(store: Store, wanted: Erasure | None = None, limit: int = 50) -> int:
    """Erases, as a call does."""
    wanted, count = wanted or erasure(), 0
    while done := await store.privacy.erase_if_ended(wanted, limit):
        count += done
    await store.privacy.scrub(wanted.target)
    return count


async def ended(store: Store, decision: Decision | None = None, verdict: Verdict = Verdict.CORRECT) -> Decision:
    """A decision that rita has ended, with a comment that names the person."""
    job = await leased(store, make_admission(decision or personal()))
    words: dict[str, Any] = {"correction": CORRECTION} if verdict is Verdict.CORRECT else {}
    given = make_verdict(job, verdict, START + 10, comment=f"for {CANARY}", **words)
    return (await store.settle_if_leased(given)).job.decision


async def lived(store: Store, shown: Shown | None = SHOWN) -> Decision:
    """A decision with a past: amended, given back, corrected, and appealed against; each with the name in its words.

    `shown` is what was on the screen as it was corrected.
    """
    job = await admit(store, make_admission(personal()))
    again = personal().proposal
    await store.amend_if_open(amendment(job.decision, proposal=replace(again, reasoning=f"{CANARY} again")))
    (job,) = await taken(store, "otto")
    await store.release_if_held(make_hold(job.task, START + 31), f"I know {CANARY}", skip=True)
    (job,) = await taken(store, "rita")
    given = make_verdict(job, Verdict.CORRECT, START + 32, correction=CORRECTION, comment=f"for {CANARY}")
    given = replace(given, review=replace(given.review, shown=shown))
    decision = (await store.settle_if_leased(given)).job.decision
    tasks = replace(seat(decision), note=f"{CANARY} objects")
    await store.appeal_if_resolved(replace(wish(decision, tasks), comment=f"{CANARY} objects"))
    return await judged(store, Verdict.CORRECT, "lena", correction=CORRECTION, comment=f"{CANARY} is right")


async def stored(engine: Engine) -> bytes:
    """All that the store's own files or tables hold."""
    if isinstance(engine, SqliteEngine):
        files = (engine.path, engine.path.with_name(f"{engine.path.name}-wal"))
        return b"".join(file.read_bytes() for file in files if file.exists())
    assert isinstance(engine, PostgresEngine)
    connection = await asyncpg.connect(engine.url)
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    rows = [row for (name,) in tables for row in await connection.fetch(f"SELECT t::text FROM {name} t")]
    await connection.close()
    return "\n".join(text for (text,) in rows).encode()


@pytest.mark.needs(PLAIN)
async def test_nothing_personal_is_left_in_the_store(engine: Engine, store: Store) -> None:
    await lived(store)
    assert CANARY.encode() in await stored(engine)
    assert await erased(store) == 1
    assert CANARY.encode() not in await stored(engine)


async def test_much_that_was_erased_is_gone_from_the_files(engine: Engine, store: Store) -> None:
    for _ in range(60):
        await ended(store, personal())
    assert await erased(store, limit=7) == 60
    assert CANARY.encode() not in await stored(engine)


async def test_what_was_decided_stays(store: Store) -> None:
    before = await lived(store)
    await erased(store)
    after = await store.decision(before.id)
    assert after is not None
    assert before.resolution is not None
    attributes = Attributes(amount=45.5, currency="EUR", regulated=True)
    proposal = replace(before.proposal, input={}, prediction={}, reasoning="", attributes=attributes)
    resolution = replace(before.resolution, comment="", corrected_prediction={})
    assert after == replace(before, proposal=proposal, resolution=resolution, erase_time=START + 100)
    (appeal,) = await store.appeals(before.id)
    assert (appeal.comment, appeal.appellant) == ("", "refund-service")
    assert appeal.resolution is not None
    assert (appeal.resolution.outcome, appeal.resolution.comment) == (Outcome.CORRECTED, "")
    assert [job.task.note for job in await store.jobs_of(before.id)] == ["", ""]


async def test_its_story_can_still_be_told(store: Store) -> None:
    decision = await lived(store)
    before = await store.decision_events(decision.id, None, 100)
    await erased(store)
    *after, last = await store.decision_events(decision.id, None, 100)
    assert (last.kind, last.actor, last.time) == (EventKind.ERASED, "ada", START + 100)
    worded = [event.sequence for event in before if "comment" in event.details]
    assert last.details == {"asked_for": "subject", "reason": "case 7", "words_of": worded}
    assert [event.sequence for event, old in zip(after, before, strict=True) if event != old] == worded
    assert [(event.kind, event.actor, event.time) for event in after] == [
        (event.kind, event.actor, event.time) for event in before
    ]
    first, second = (event for event in after if event.kind is EventKind.REVIEWED)
    assert (first.details["verdict"], first.details["outcome"]) == ("CORRECT", "CORRECTED")
    assert first.details["shown"] == {"digest": "0" * 64, "view_time": 2}
    assert second.details["level"] == 1
    hashes = {event.details["corrected_prediction_hash"] for event in (first, second)}
    assert hashes == {digest('{"approve":true,"payee":"Ottilie"}')}
    page = await store.decision_events(decision.id, first.sequence - 1, 1)
    assert page == [first]


async def test_what_a_receipt_rests_on_stays(store: Store) -> None:
    decision = await ended(store)
    before = await store.proofs.ends(decision)
    await erased(store)
    assert await store.proofs.ends(decision) == before
    assert all(found.fits for found in before)


async def test_paths_alone_are_erased_as_well(engine: Engine, store: Store) -> None:
    job = await leased(store, make_admission(personal()))
    given = make_verdict(job, Verdict.APPROVE, START + 10, request=make_request("rita"))
    given = replace(given, review=replace(given.review, comment="", shown=SHOWN))
    await store.settle_if_leased(given)
    await erased(store)
    assert CANARY.encode() not in await stored(engine)
    *_, kept, _ = await store.decision_events(job.decision.id, None, 10)
    details: Any = kept.details
    assert (kept.kind, details["shown"]["digest"]) == (EventKind.REVIEWED, "0" * 64)


async def test_what_calls_are_known_by_goes_with_their_words(engine: Engine, store: Store) -> None:
    """A hash of what somebody wrote tells who can guess it that they did."""
    job = await leased(store, make_admission(personal(), plan=TWICE), until=START + HOUR)
    calls = {letter: make_request("rita", body=letter) for letter in "bcde9"}
    await store.extend_if_held(make_hold(job.task), "a call to the shop", calls["b"])
    given = make_verdict(job, Verdict.CORRECT, START + 10, correction=CORRECTION, request=calls["c"])
    decision = (await store.settle_if_leased(given)).job.decision
    contest = wish(decision, request=calls["d"])
    await store.appeal_if_resolved(contest)
    assert (await store.appeal_if_resolved(contest)).appeal.level == 1
    await judged(store, Verdict.REJECT, "lena")
    withdrawn = (await admit(store, make_admission(personal()))).decision
    changed = amendment(withdrawn, proposal=personal().proposal, request=calls["e"])
    await store.amend_if_open(changed)
    cancellation = Cancellation(withdrawn.id, "rita", f"for {CANARY}", START + 40, calls["9"])
    await store.cancel_if_open(cancellation)
    await erased(store, erasure(subject="somebody else"))
    assert [letter for letter in calls if (letter * 64).encode() in await stored(engine)] == [*calls]
    assert await erased(store) == 2
    assert [letter for letter in calls if (letter * 64).encode() in await stored(engine)] == []
    for again in (store.settle_if_leased(given), store.appeal_if_resolved(contest), store.cancel_if_open(cancellation)):
        with pytest.raises(RequestIdReused):
            await again


async def test_words_about_what_was_retired_are_erased_by_its_name(engine: Engine, unchecked: Store) -> None:
    store = unchecked
    decision = await ended(store)
    other = await ended(store)
    await retired(engine, decision)
    wanted = erasure(decision)
    assert (await store.privacy.survey(wanted.target)).erasable == 1
    assert await erased(store, wanted) == 1
    told = {entry.decision_id: entry.said for entry in await entries(store, LedgerKind.REVIEWED)}
    assert ("comment" in told[decision.id], "comment" in told[other.id]) == (False, True)
    (entry,) = await entries(store, LedgerKind.ERASED)
    assert (entry.decision_id, entry.actor, entry.said["reason"]) == (decision.id, "ada", "case 7")
    assert (await store.privacy.survey(wanted.target)).nothing
    assert await erased(store, wanted) == 0


@pytest.fixture
async def unchecked(engine: Engine) -> AsyncIterator[Store]:
    """An open store that need not have all decisions in the end."""
    store = await engine.open()
    yield store
    await store.close()


async def retired(engine: Engine, decision: Decision) -> None:
    """Removes its rows, as retention does. The ledger stays."""
    found = f"(SELECT {{}} FROM decision WHERE id = '{decision.id}')"
    if isinstance(engine, SqliteEngine):
        rows = [f"{table} WHERE decision_sequence = {found.format('sequence')}" for table in ("review", "task")]
        await run(engine, *(f"DELETE FROM {row}" for row in (*rows, f"decision WHERE id = '{decision.id}'")))
        return
    rows = [f"{table} WHERE decision_id = '{decision.id}'" for table in ("review", "task")]
    unlock = "SET session_replication_role = replica"
    await run(engine, unlock, *(f"DELETE FROM {row}" for row in (*rows, f"decision WHERE id = '{decision.id}'")))


async def test_what_is_open_or_contested_is_left(store: Store) -> None:
    contested = await ended(store, personal("Ottilie-2"))
    await store.appeal_if_resolved(wish(contested))
    waiting = await admitted(store, make_admission(personal()))
    for subject, decision in ((SUBJECT, waiting), ("Ottilie-2", contested)):
        wanted = erasure(subject=subject)
        survey = await store.privacy.survey(wanted.target)
        assert (survey.open, survey.open_ids, survey.erasable) == (1, (decision.id,), 0)
        before = await store.decision(decision.id)
        assert await erased(store, wanted) == 0
        assert await store.decision(decision.id) == before
    await store.cancel_if_open(Cancellation(waiting.id, "refund-service", CANARY, START + 20))
    assert await erased(store) == 1


async def test_a_survey_counts_each_once(store: Store) -> None:
    done, held = await ended(store), await ended(store)
    await store.privacy.hold(LegalHold(make_id(), "a case", "ada", START, decision_id=held.id))
    left = await admitted(store, make_admission(personal()))
    survey = await store.privacy.survey(Target(subject=SUBJECT))
    assert (survey.erasable, survey.open_ids, survey.held_ids) == (1, (left.id,), (held.id,))
    assert await erased(store) == 1
    survey = await store.privacy.survey(Target(done.id))
    assert (survey.earlier, survey.erasable, survey.nothing) == (1, 0, False)
    assert (await store.privacy.survey(Target(make_id()))).nothing
    assert (await store.privacy.survey(Target(subject="nobody"))).nothing


async def test_erasing_again_does_nothing(store: Store) -> None:
    decision = await ended(store)
    assert await erased(store) == 1
    before = await entries(store)
    assert await erased(store) == await erased(store, erasure(decision)) == 0
    assert await entries(store) == before


async def test_one_decision_is_erased_alone(store: Store) -> None:
    one, other = await ended(store), await ended(store)
    assert await erased(store, erasure(one)) == 1
    assert await store.decision(other.id) == other
    (entry,) = await entries(store, LedgerKind.ERASED)
    assert (entry.decision_id, entry.body["asked_for"]) == (one.id, "decision")


async def test_what_was_erased_is_found_by_nobody(store: Store) -> None:
    await ended(store)
    await erased(store)
    assert await store.list_decisions(DecisionQuery(10, subject=SUBJECT)) == []
    assert await store.list_decisions(DecisionQuery(10, words=(CANARY,))) == []
    assert len(await store.list_decisions(DecisionQuery(10))) == 1


async def test_it_is_no_sample_any_more_but_counts_among_the_verdicts(store: Store) -> None:
    await ended(store)
    kept = await ended(store, personal("somebody"))
    spans = Spans.one()
    before = await store.override_counts(Grouping.ACTION, "", spans)
    await erased(store)
    (sample,) = await store.list_samples(SampleQuery(10, 0, 100))
    assert sample.decision.id == kept.id
    assert await store.override_counts(Grouping.ACTION, "", spans) == before
    assert await store.last_sample() == 2


async def test_what_was_erased_can_be_neither_appealed_nor_redeemed_as_corrected(store: Store) -> None:
    decision = await ended(store, replace(personal(), receipt=ONCE))
    await erased(store)
    with pytest.raises(NotAppealable) as refused:
        await store.appeal_if_resolved(wish(decision))
    assert refused.value.metadata["why"] == "its personal data was erased"
    with pytest.raises(NotRedeemable):
        await store.proofs.redeem_if_resolved(RedeemWish(decision.id, "refund-service", "r", START + 20))


async def test_what_passed_as_proposed_can_still_be_redeemed(store: Store) -> None:
    decision = await ended(store, replace(personal(), receipt=ONCE), Verdict.APPROVE)
    await erased(store)
    done = await store.proofs.redeem_if_resolved(RedeemWish(decision.id, "refund-service", "r", START + 20))
    assert not done.repeated


async def test_a_crash_in_between_leaves_whole_decisions(engine: Engine, store: Store) -> None:
    decisions = [await ended(store) for _ in range(5)]
    assert await store.privacy.erase_if_ended(erasure(), 2) == 2
    rest = await (await engine.crash()).open()
    times = [found.erase_time for each in decisions if (found := await rest.decision(each.id)) is not None]
    assert times == [START + 100] * 2 + [None] * 3
    assert await erased(rest) == 3
    assert len(await entries(rest, LedgerKind.ERASED)) == 5
    await rest.close()


async def test_nobody_appeals_what_is_erased_meanwhile(store: Store, unrepeated: None) -> None:
    for number in range(6):
        subject = f"s-{number}"
        decision = await ended(store, personal(subject))
        first, second = await asyncio.gather(
            erased(store, erasure(subject=subject)), store.appeal_if_resolved(wish(decision)), return_exceptions=True
        )
        found = await store.decision(decision.id)
        assert found is not None
        assert (first == 1, isinstance(second, NotAppealable)) in ((True, True), (False, False))
        assert (found.erase_time is not None) == (first == 1) == (found.appeals == 0)


async def test_notifications_go_on_past_what_was_erased(store: Store) -> None:
    await lived(store)
    await erased(store)
    told = [each for each in (await store.outbox.happenings(0)).found if each.kind == LedgerKind.REVIEWED]
    assert [each.body["outcome"] for each in told] == ["CORRECTED", "CORRECTED"]


async def test_two_who_erase_at_once_share_the_work(store: Store, unrepeated: None) -> None:
    for _ in range(9):
        await ended(store)
    counts = await asyncio.gather(*(erased(store, limit=2) for _ in range(3)))
    assert sum(counts) == len(await entries(store, LedgerKind.ERASED)) == 9
