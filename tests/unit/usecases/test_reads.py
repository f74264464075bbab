"""Who was shown what is in the ledger before they are shown it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from andon.domain.clock import MINUTE
from andon.domain.errors import StoreUnavailable
from andon.domain.principal import Role
from andon.store.values import LedgerEntry, SightKind
from andon.usecases import reads
from andon.usecases.reads import SPAN
from tests.unit.usecases.world import ADMIN, SERVICE, World, reviewer

RITA: Final = reviewer("rita")


async def told(world: World, kind: SightKind) -> list[LedgerEntry]:
    """The ledger's entries of a kind."""
    return [entry for entry in await world.real.ledger(0, 1_000) if entry.kind == kind]


async def test_opening_a_task_is_recorded_once_in_a_span_for_each_who_does(world: World) -> None:
    job = await world.job((await world.submitted()).decision)
    for _ in range(3):
        await world.tasks.open(RITA, job.task.id)
        world.clock.advance(MINUTE)
    await world.tasks.open(ADMIN, job.task.id)
    first, second = await told(world, SightKind.VIEWED)
    assert (first.actor, second.actor) == ("rita", "ada")
    assert (first.decision_id, first.task_id) == (job.decision.id, job.task.id)
    assert first.body == {"payload_hash": job.decision.payload_hash}
    world.clock.advance(SPAN)
    await world.tasks.open(RITA, job.task.id)
    assert len(await told(world, SightKind.VIEWED)) == 3


async def test_another_task_and_an_amended_one_are_others(world: World) -> None:
    job = await world.job((await world.submitted()).decision)
    other = await world.job((await world.submitted()).decision)
    amended = replace(job, decision=replace(job.decision, payload_hash="0" * 64))
    for seen in (job, other, amended, job, other, amended):
        await world.context.reads.viewed(RITA, seen)
    assert len(await told(world, SightKind.VIEWED)) == 3


async def test_reading_what_one_holds_is_no_entry_beside_that_of_the_lease(world: World) -> None:
    await world.submitted()
    job = await world.desk(RITA).leased()
    await world.tasks.open(RITA, job.task.id)
    assert await told(world, SightKind.VIEWED) == []
    world.clock.advance(world.context.limits.lease_duration)
    await world.tasks.open(RITA, job.task.id)
    assert len(await told(world, SightKind.VIEWED)) == 1


async def test_sensitive_fields_are_recorded_for_all_but_their_submitter(world: World) -> None:
    decisions = [(await world.submitted()).decision for _ in range(3)]
    await world.context.reads.record(SERVICE, decisions)
    assert await told(world, SightKind.READ) == []
    await world.context.reads.record(ADMIN, decisions[:2])
    await world.context.reads.record(ADMIN, decisions)
    found = await told(world, SightKind.READ)
    assert [entry.decision_id for entry in found] == [each.id for each in decisions]
    assert {entry.task_id for entry in found} == {""}


async def test_what_is_taken_away_is_recorded_each_time_and_nothing_is_nothing(world: World) -> None:
    auditor = reviewer("anna", role=Role.AUDITOR)
    for count in (2, 0, 2):
        await world.context.reads.exported(auditor, "samples", {"after": 7}, count)
    found = await told(world, SightKind.EXPORTED)
    assert [entry.body for entry in found] == [{"records": "samples", "after": 7, "count": 2}] * 2


async def test_followers_of_the_ledger_come_to_rest(world: World) -> None:
    await world.submitted()
    cursors = {"anna": 0, "adam": 0}
    for _ in range(6):
        for name, after in cursors.items():
            entries = await world.real.evidence.entries(after, 100, 1 << 20)
            await world.context.reads.ledger_exported(reviewer(name, role=Role.AUDITOR), after, entries)
            cursors[name] = entries[-1].sequence if entries else after
    assert [entry.actor for entry in await told(world, SightKind.EXPORTED)] == ["anna", "adam"]


class Failing:
    """A store that can't commit."""

    async def witness(self, sightings: Any) -> None:
        raise StoreUnavailable


async def test_without_an_entry_nothing_is_shown_and_the_next_try_makes_one(world: World) -> None:
    job = await world.job((await world.submitted()).decision)
    known, world.context.reads._store = world.context.reads._store, Failing()  # type: ignore[assignment]  # one method
    with pytest.raises(StoreUnavailable):
        await world.tasks.open(RITA, job.task.id)
    world.context.reads._store = known
    await world.tasks.open(RITA, job.task.id)
    assert len(await told(world, SightKind.VIEWED)) == 1


async def test_what_is_forgotten_is_recorded_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reads, "MOST_REMEMBERED", 1)
    jobs = [await world.job((await world.submitted()).decision) for _ in range(2)]
    for job in (*jobs, *jobs):
        await world.context.reads.viewed(RITA, job)
    assert len(await told(world, SightKind.VIEWED)) == 4
