"""Events of streams: one message for all watchers, and the lease's token for its holder alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from andon.domain.clock import MINUTE
from andon.domain.task import Lease, TaskState
from andon.rpc import events
from andon.rpc.convert import LeaseWriter
from andon.rpc.events import EventWriter
from andon.store.values import Job
from andon.usecases.estimates import WaitEstimate
from andon.usecases.seat import EventType, StreamEvent
from tests.builders import make_decision, make_proposal, make_task
from tests.clock import START

CHANGED = EventType.CHANGED


@pytest.fixture
def waits() -> dict[str, WaitEstimate]:
    """What is known of the queues; the test may change it."""
    return {}


@pytest.fixture
def writer(waits: dict[str, WaitEstimate]) -> EventWriter:
    return EventWriter(LeaseWriter(MINUTE), waits.get)


def _job(state: TaskState = TaskState.LEASED, epoch: int = 1) -> Job:
    decision = make_decision()
    lease = Lease("rita", "secret", START + MINUTE, epoch) if state is TaskState.LEASED else None
    return Job(replace(make_task(decision), state=state, lease=lease), decision)


def test_watchers_are_given_one_message(writer: EventWriter) -> None:
    job = _job()
    first = writer.message(StreamEvent(CHANGED, job), full=False, caller="olga")
    again = writer.message(StreamEvent(CHANGED, replace(job)), full=False, caller="pia")
    assert again is first
    assert first.task.lease.token == ""
    assert not first.task.decision.HasField("input")


def test_the_holder_alone_sees_the_token_in_whatever_order(writer: EventWriter) -> None:
    event = StreamEvent(CHANGED, _job())
    for caller, token in [("rita", "secret"), ("olga", ""), ("rita", "secret"), ("pia", "")]:
        assert writer.message(event, full=False, caller=caller).task.lease.token == token


def test_whole_tasks_are_made_for_each(writer: EventWriter) -> None:
    event = StreamEvent(EventType.LEASED, _job())
    assert writer.message(event, full=False, caller="olga").task.decision.HasField("input") is False
    assert writer.message(event, full=True, caller="olga").task.decision.HasField("input")


def test_what_changes_is_told(writer: EventWriter, waits: dict[str, WaitEstimate]) -> None:
    job = _job(TaskState.WAITING)
    task = job.task
    lease = Lease("rita", "a", START + MINUTE, 1)
    versions = [
        task,
        replace(task, urgency=29),
        replace(task, queue="senior"),
        replace(task, skills=("law",)),
        replace(task, expire_time=task.expire_time + 1),
        replace(task, escalations=1),
        replace(task, first_lease_time=START),
        replace(task, state=TaskState.LEASED, lease=lease),
        replace(task, state=TaskState.LEASED, lease=replace(lease, expire_time=START + 2 * MINUTE)),
        replace(task, state=TaskState.LEASED, lease=replace(lease, holder="olga", epoch=2)),
        replace(task, state=TaskState.CANCELLED),
    ]
    told = [writer.message(StreamEvent(CHANGED, Job(one, job.decision)), full=False, caller="") for one in versions]
    assert len({message.SerializeToString(deterministic=True) for message in told}) == len(versions)
    waits[task.queue] = WaitEstimate(1, 2)
    later = writer.message(StreamEvent(CHANGED, job), full=False, caller="")
    assert later.task.decision.estimated_wait.p90.nanos == 2_000
    removed = writer.message(StreamEvent(EventType.REMOVED, job), full=False, caller="")
    assert removed.type != later.type


def test_no_more_is_kept_than_allowed(writer: EventWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_EVENTS", 3)
    jobs = [_job() for _ in range(4)]
    told = [writer.message(StreamEvent(CHANGED, job), full=False, caller="") for job in jobs]
    assert writer.message(StreamEvent(CHANGED, jobs[3]), full=False, caller="") is told[3]
    assert writer.message(StreamEvent(CHANGED, jobs[0]), full=False, caller="") is not told[0]
    monkeypatch.setattr(events, "MOST_BYTES", 4_000)
    large = make_decision(make_proposal(extra={"text": "x" * 5_000}))
    event = StreamEvent(CHANGED, Job(make_task(large), large))
    assert writer.message(event, full=False, caller="") is not writer.message(event, full=False, caller="")
    assert len(writer._kept) == writer._bytes == 0
