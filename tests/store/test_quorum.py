"""Several people on one decision: verdicts that agree and differ, and how it ends exactly once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import Final

import asyncpg
import pytest

from andon.domain.canonical import JsonObject
from andon.domain.clock import HOUR
from andon.domain.decision import Outcome, Resolution
from andon.domain.errors import ConflictOfInterest, LeaseLost, TaskClosed
from andon.domain.plan import EXTRA, TIE_BREAK, Quorum, Term
from andon.domain.review import Verdict
from andon.domain.task import Escalation, TaskKind, TaskState
from andon.store.ledger import SERVER, LedgerKind
from andon.store.port import Store
from andon.store.values import Admission
from tests.builders import (
    make_admission,
    make_hold,
    make_lease_request,
    make_request,
    make_seats,
    make_verdict,
)
from tests.clock import START
from tests.store.engines import Engine, PostgresEngine, SqliteEngine
from tests.store.helpers import admitted, entries, refused
from tests.store.seats import OF_THREE, TWO, asked, held, resolution_of, says, states

CORRECTION: Final[JsonObject] = {"approve": True, "amount": 20}
OTHER: Final[JsonObject] = {"approve": True, "amount": 30}


# Agreement


async def test_the_first_of_two_leaves_the_decision_open(store: Store) -> None:
    admission = await asked(store)
    rita, _ = await held(store, admission, "rita", "ben")
    settled = await says(store, rita)
    assert (settled.ended, settled.closed, settled.opened) == (False, (), ())
    assert settled.job.task.state is TaskState.REVIEWED
    assert settled.job.decision.resolution is None
    assert await store.is_open(admission.decision.id)
    (entry,) = await entries(store, LedgerKind.REVIEWED)
    assert entry.body["outcome"] is None


async def test_the_second_that_agrees_ends_it(store: Store) -> None:
    admission = await asked(store)
    rita, ben = await held(store, admission, "rita", "ben")
    await says(store, rita, comment="one")
    settled = await says(store, ben, now=START + 7, comment="two")
    expected = Resolution(Outcome.APPROVED, "ben", START + 7, None, "two")
    assert (settled.ended, settled.job.decision.resolution) == (True, expected)
    assert await resolution_of(store, admission) == expected
    assert await states(store, admission) == [TaskState.REVIEWED] * 2
    assert [entry.body["outcome"] for entry in await entries(store, LedgerKind.REVIEWED)] == [None, "APPROVED"]


async def test_equal_corrections_agree_and_others_do_not(store: Store) -> None:
    admission = await asked(store, OF_THREE)
    jobs = await held(store, admission, "rita", "ben", "cleo")
    for job, correction in zip(jobs, (CORRECTION, OTHER, {"amount": 20.0, "approve": True}), strict=True):
        await says(store, job, Verdict.CORRECT, correction=correction)
    ended = await resolution_of(store, admission)
    assert ended is not None
    assert (ended.outcome, ended.corrected_prediction) == (Outcome.CORRECTED, CORRECTION)


async def test_what_is_not_needed_any_more_is_closed_under_its_holders_hands(store: Store) -> None:
    admission = await asked(store, OF_THREE)
    rita, ben, cleo = await held(store, admission, "rita", "ben", "cleo")
    await says(store, rita, Verdict.REJECT)
    settled = await says(store, ben, Verdict.REJECT, START + 3)
    assert [job.task.id for job in settled.closed] == [cleo.task.id]
    (closed,) = settled.closed
    assert (closed.task.state, closed.task.lease) == (TaskState.CANCELLED, None)
    assert closed.decision.resolution is not None
    assert await store.job(cleo.task.id) == closed
    (entry,) = await entries(store, LedgerKind.CLOSED)
    assert (entry.actor, entry.task_id, entry.time) == ("ben", cleo.task.id, START + 3)
    async with refused(store, TaskClosed, cleo):
        await says(store, cleo)
    assert await store.held_by("cleo", START) == []
    assert await store.next_due(1) is None


async def test_terms_are_each_met_by_their_own(store: Store) -> None:
    both = Quorum((Term(1, 1, "risk"), Term(1, 1, "legal")))
    admission = await asked(store, both)
    assert [task.group for task in admission.tasks] == ["risk", "legal"]
    rita, ben = await held(store, admission, "rita", "ben")
    assert not (await says(store, rita)).ended
    assert (await says(store, ben)).ended


# Disagreement


async def test_one_more_is_asked_where_two_differ(store: Store) -> None:
    plan = Escalation("leads", 2 * HOUR, ("law",))
    one_group = Quorum((Term(2, 2, "risk"),))
    admission = await asked(store, one_group, urgency=17, escalation=plan, skills=("german",), queue="high")
    rita, ben = await held(store, admission, "rita", "ben")
    await says(store, rita)
    given = make_verdict(ben, Verdict.REJECT, START + 5)
    settled = await store.settle_if_leased(given)
    assert (settled.ended, settled.closed) == (False, ())
    (added,) = settled.opened
    like = ben.task
    assert added.task == replace(
        like,
        id=given.fresh_id,
        state=TaskState.WAITING,
        lease=None,
        first_lease_time=None,
        create_time=START + 5,
        term=EXTRA,
        group="risk",
    )
    assert await store.job(given.fresh_id) == added
    (entry,) = await entries(store, LedgerKind.OPENED)
    assert (entry.actor, entry.task_id, entry.time) == (SERVER, given.fresh_id, START + 5)
    (cleo,) = await held(store, admission, "cleo", now=START + 6)
    assert (await says(store, cleo, Verdict.REJECT, START + 6)).ended
    ended = await resolution_of(store, admission)
    assert ended is not None
    assert (ended.outcome, ended.resolved_by) == (Outcome.REJECTED, "cleo")


async def test_an_added_seat_escalates_and_expires_as_the_others(store: Store) -> None:
    admission = await asked(store, escalation=Escalation("leads", 2 * HOUR))
    rita, ben = await held(store, admission, "rita", "ben")
    await says(store, rita)
    (added,) = (await says(store, ben, Verdict.REJECT)).opened
    (escalated,) = await store.expire_due(START + HOUR, 10)
    assert (escalated.job.task.id, escalated.job.task.queue) == (added.task.id, "leads")
    (expired,) = await store.expire_due(START + 3 * HOUR, 10)
    assert expired.job.decision.resolution is not None
    assert expired.job.decision.resolution.outcome is Outcome.EXPIRED


async def test_then_one_of_a_group_decides_alone(store: Store) -> None:
    admission = await asked(store, Quorum((Term(2, 2),), extra=1, tie_break="leads"))
    rita, ben = await held(store, admission, "rita", "ben")
    await says(store, rita)
    await says(store, ben, Verdict.REJECT)
    (cleo,) = await held(store, admission, "cleo")
    (added,) = (await says(store, cleo, Verdict.CORRECT, correction=CORRECTION)).opened
    assert (added.task.term, added.task.group) == (TIE_BREAK, "leads")
    (dora,) = await held(store, admission, "dora")
    assert (await says(store, dora, Verdict.CORRECT, correction=OTHER)).ended
    ended = await resolution_of(store, admission)
    assert ended is not None
    assert (ended.outcome, ended.resolved_by, ended.corrected_prediction) == (Outcome.CORRECTED, "dora", OTHER)


async def test_without_such_a_group_it_is_rejected(store: Store) -> None:
    admission = await asked(store, Quorum((Term(2, 2),), extra=0))
    rita, ben = await held(store, admission, "rita", "ben")
    await says(store, rita)
    settled = await says(store, ben, Verdict.CORRECT, START + 2, correction=CORRECTION)
    assert settled.ended
    assert await resolution_of(store, admission) == Resolution(Outcome.REJECTED, "policy:tie-break", START + 2)
    last = (await entries(store, LedgerKind.REVIEWED))[-1]
    assert (last.body["outcome"], last.body["resolved_by"]) == ("REJECTED", "policy:tie-break")


@pytest.mark.parametrize("standing", [{"legal", "reviewer"}, {"lead"}])
async def test_a_veto_ends_it_at_once(store: Store, standing: set[str]) -> None:
    admission = await asked(store, Quorum((Term(3, 3),), veto=("legal", "lead")))
    rita, ben, _ = await held(store, admission, "rita", "ben", "cleo")
    assert not (await says(store, rita, standing=frozenset(standing))).ended
    settled = await says(store, ben, Verdict.REJECT, standing=frozenset(standing))
    assert (settled.ended, len(settled.closed)) == (True, 1)
    ended = await resolution_of(store, admission)
    assert ended is not None
    assert (ended.outcome, ended.resolved_by) == (Outcome.REJECTED, "ben")


async def test_others_have_no_veto(store: Store) -> None:
    admission = await asked(store, Quorum((Term(3, 3),), veto=("legal",)))
    (rita,) = await held(store, admission, "rita")
    assert not (await says(store, rita, Verdict.REJECT, standing=frozenset({"risk", "reviewer"}))).ended


# One voice each


async def test_whoever_has_judged_is_asked_no_more(store: Store) -> None:
    admission = await asked(store)
    (rita,) = await held(store, admission, "rita")
    await says(store, rita)
    assert await store.lease_most_urgent(make_lease_request(holder="rita")) == []
    assert len(await held(store, admission, "ben")) == 1


async def test_a_second_verdict_of_one_person_is_refused(store: Store) -> None:
    admission = await asked(store)
    rita, ben = await held(store, admission, "rita", "ben")
    await says(store, rita)
    await store.release_if_held(make_hold(ben.task), "", skip=True)
    async with refused(store, LeaseLost, rita, ben):
        await says(store, ben, hold=make_hold(ben.task, holder="rita"))


async def test_a_repetition_gives_the_same_answer(store: Store) -> None:
    admission = await asked(store)
    rita, ben = await held(store, admission, "rita", "ben")
    given = make_verdict(rita, request=make_request("rita"))
    first = await store.settle_if_leased(given)
    again = await store.settle_if_leased(given)
    assert again.replayed
    assert (again.review, again.job) == (first.review, first.job)
    await says(store, ben)
    assert (await store.settle_if_leased(given)).review == first.review
    assert len(await entries(store, LedgerKind.REVIEWED)) == 2


async def test_a_repetition_opens_nothing_again(store: Store) -> None:
    admission = await asked(store)
    rita, ben = await held(store, admission, "rita", "ben")
    await says(store, rita)
    given = make_verdict(ben, Verdict.REJECT, request=make_request("ben"))
    assert len((await store.settle_if_leased(given)).opened) == 1
    assert (await store.settle_if_leased(replace(given, fresh_id="another"))).opened == ()
    assert len(await store.jobs_of(admission.decision.id)) == 3


# Appeals


async def appealed(store: Store, quorum: Quorum | None) -> Admission:
    """A decision that has ended, and tasks on the first appeal against that."""
    first = make_seats(quorum) if quorum else make_admission()
    tasks = [replace(task, level=1, kind=TaskKind.APPEAL) for task in first.tasks]
    admission = replace(first, task=tasks[0], siblings=tuple(tasks[1:]))
    await admitted(store, admission)
    return admission


@pytest.mark.parametrize("quorum", [None, TWO])
async def test_a_verdict_on_an_appeal_leaves_the_decision_as_it_is(store: Store, quorum: Quorum | None) -> None:
    admission = await appealed(store, quorum)
    (rita,) = await held(store, admission, "rita")
    settled = await says(store, rita)
    assert settled.review.level == 1
    assert await resolution_of(store, admission) is None
    (entry,) = await entries(store, LedgerKind.REVIEWED)
    assert entry.body["level"] == 1


async def test_one_who_passed_on_it_may_not_judge_after_all(store: Store) -> None:
    admission = await asked(store)
    rita, _ = await held(store, admission, "rita", "ben")
    await store.release_if_held(make_hold(rita.task), "", skip=True)
    assert await store.lease_most_urgent(make_lease_request(holder="rita")) == []


async def test_nobody_judges_twice_whatever_they_hold(engine: Engine, store: Store) -> None:
    """Nobody is handed such a task; a server that died half-way, or a mistake, might leave one in somebody's hands."""
    admission = await asked(store)
    (rita,) = await held(store, admission, "rita")
    await bar(engine, admission.decision.id, "rita")
    async with refused(store, ConflictOfInterest, rita):
        await says(store, rita)


async def bar(engine: Engine, decision_id: str, reviewer: str) -> None:
    """Has it that somebody judged before."""
    if isinstance(engine, PostgresEngine):
        connection = await asyncpg.connect(engine.url)
        await connection.execute("INSERT INTO barred VALUES ($1, $2, 1)", decision_id, reviewer)
        await connection.close()
        return
    assert isinstance(engine, SqliteEngine)
    with closing(sqlite3.connect(engine.path)) as file, file:
        file.execute(
            "INSERT INTO barred SELECT sequence, ?, 1 FROM decision WHERE id = ?",
            (reviewer, decision_id),
        )
