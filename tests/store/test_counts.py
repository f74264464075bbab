"""Queues and reviewers over time."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from andon.domain.clock import HOUR, MINUTE, SECOND
from andon.domain.counts import Activity, Flow, Grouping, OverrideCount, QueueHistory, Shares
from andon.domain.review import Shown, Verdict
from andon.domain.spans import Spans
from andon.domain.task import Escalation
from andon.store.port import Store
from andon.store.values import Cancellation, Job
from tests.builders import make_admission, make_decision, make_hold, make_lease_request, make_proposal, make_verdict
from tests.clock import START
from tests.store.helpers import admit, leased

HOURS = Spans(START, START + 3 * HOUR, HOUR, 3)
SENIOR = Escalation("senior", HOUR)


async def came(store: Store, at: int, queue: str = "a", **task: Any) -> Job:
    """A task that was made `at` µs after START."""
    return await admit(store, make_admission(make_decision(now=START + at), queue=queue, **task))


async def taken(store: Store, at: int, holder: str = "rita", queue: str = "a") -> Job:
    """The most urgent task of a queue, leased `at` µs after START for two hours."""
    queues, until = frozenset({queue}), START + at + 2 * HOUR
    (job,) = await store.lease_most_urgent(make_lease_request(START + at, holder=holder, queues=queues, until=until))
    return job


async def judged(
    store: Store, at: int, verdict: Verdict = Verdict.APPROVE, holder: str = "rita", view_time: int | None = None
) -> None:
    """A verdict that was given `at` µs after START, on a task that was handed out when its view began."""
    since = at - (view_time or 0)
    shown = None if view_time is None else Shown("0" * 64, view_time=view_time)
    correction = {"approve": False} if verdict is Verdict.CORRECT else None
    await came(store, since)
    job = await taken(store, since, holder)
    await store.settle_if_leased(make_verdict(job, verdict, START + at, correction=correction, shown=shown))


async def flows(store: Store, spans: Spans = HOURS) -> Mapping[str, Mapping[int, Flow]]:
    """What went through every queue."""
    return {queue: history.flows for queue, history in (await store.queue_history(spans, None)).items()}


async def test_a_queue_without_tasks_has_no_history(store: Store) -> None:
    assert await store.queue_history(HOURS, None) == {}
    assert await store.queue_history(HOURS, frozenset({"a"})) == {}


async def test_tasks_come_and_end_in_the_span_of_the_moment(store: Store) -> None:
    for at in (0, HOUR - 1, HOUR):
        await came(store, at)
    job = await taken(store, HOUR + 5)
    await store.settle_if_leased(make_verdict(job, now=START + 2 * HOUR))
    expected = QueueHistory(2, {0: Flow(2), 1: Flow(1), 2: Flow(0, 1)}, {1: Shares(HOUR + 5, HOUR + 5)})
    assert await store.queue_history(HOURS, None) == {"a": expected}


async def test_every_end_of_a_task_counts(store: Store) -> None:
    await came(store, 0, deadline=MINUTE)
    withdrawn = await came(store, 1)
    await store.expire_due(START + MINUTE, 9)
    await store.cancel_if_open(Cancellation(withdrawn.decision.id, "refund-service", "", START + HOUR))
    assert await flows(store) == {"a": {0: Flow(2, 1), 1: Flow(0, 1)}}


async def test_what_came_before_is_not_counted_and_what_came_after_is_kept_apart(store: Store) -> None:
    for at in (-1, 0, 3 * HOUR, 9 * HOUR):
        await came(store, at)
    (history,) = (await store.queue_history(HOURS, None)).values()
    assert history == QueueHistory(4, {0: Flow(1), 3: Flow(2)})


async def test_the_last_span_goes_to_the_end(store: Store) -> None:
    await came(store, 2 * HOUR)
    (history,) = (await store.queue_history(Spans(START, START + 2 * HOUR + 1, HOUR, 2), None)).values()
    assert history.flows == {1: Flow(1)}


async def test_an_escalated_task_leaves_one_queue_and_comes_to_the_next(store: Store) -> None:
    await came(store, 0, deadline=HOUR, escalation=SENIOR)
    await store.expire_due(START + HOUR, 9)
    job = await taken(store, HOUR + MINUTE, queue="senior")
    await store.settle_if_leased(make_verdict(job, now=START + HOUR + MINUTE))
    assert await store.queue_history(HOURS, None) == {
        "a": QueueHistory(0, {0: Flow(1), 1: Flow(escalated=1)}),
        "senior": QueueHistory(0, {1: Flow(1, 1)}, {1: Shares(HOUR + MINUTE, HOUR + MINUTE)}),
    }


async def test_a_wait_belongs_to_the_queue_of_the_first_lease(store: Store) -> None:
    await came(store, 0, escalation=SENIOR)
    job = await taken(store, 7)
    await store.escalate_if_held(make_hold(job.task, START + 7), "over to you")
    await taken(store, HOUR, holder="lea", queue="senior")
    histories = await store.queue_history(HOURS, None)
    assert histories["a"] == QueueHistory(0, {0: Flow(1, escalated=1)}, {0: Shares(7, 7)})
    assert histories["senior"] == QueueHistory(1, {0: Flow(1)})


async def test_a_second_lease_is_no_second_wait(store: Store) -> None:
    await came(store, 0)
    job = await taken(store, 5)
    await store.release_if_held(make_hold(job.task, START + 6), "")
    await taken(store, HOUR)
    (history,) = (await store.queue_history(HOURS, None)).values()
    assert history.waits == {0: Shares(5, 5)}


async def test_waits_are_nearest_ranks(store: Store) -> None:
    for wait in (30, 10, 50, 20, 40, 60, 70, 80, 90, 100, 110):
        job = await leased(store, make_admission(make_decision(now=START), queue="b"))
        await store.settle_if_leased(make_verdict(job))
        await came(store, 0)
        job = await taken(store, wait)
        await store.settle_if_leased(make_verdict(job, now=START + wait))
    histories = await store.queue_history(HOURS, None)
    assert histories["a"].waits == {0: Shares(60, 100)}
    assert histories["b"].waits == {0: Shares(0, 0)}


async def test_a_wait_is_never_negative(store: Store) -> None:
    await came(store, 9)
    await taken(store, 5)
    (history,) = (await store.queue_history(HOURS, None)).values()
    assert history.waits == {0: Shares(0, 0)}


async def test_only_the_queues_that_are_asked_for_are_told(store: Store) -> None:
    for queue in ("a", "b", "c"):
        await came(store, 0, queue, skills=("law",))
        await came(store, 0, queue)
        await taken(store, 1, queue=queue)
    found = await store.queue_history(HOURS, frozenset({"b", "none"}))
    assert found == {"b": QueueHistory(2, {0: Flow(2)}, {0: Shares(1, 1)})}
    assert await store.queue_history(HOURS, frozenset()) == {}


async def test_how_many_were_open_follows_from_how_many_are(store: Store) -> None:
    random, spans = Random(11), Spans(START, START + 40 * MINUTE, MINUTE, 40)
    seen: list[dict[str, int]] = []
    for minute in range(60):
        depths = await store.queue_depths()
        seen.append({queue: depth.waiting + depth.leased for queue, depth in depths.items()})
        for second in sorted(random.sample(range(60), 4)):
            await _happens(store, random, minute * MINUTE + second * SECOND)
    histories = await store.queue_history(spans, None)
    for queue in ("a", "b", "senior"):
        history = histories[queue]
        growths = [history.flows.get(number, Flow()).growth for number in range(spans.count + 1)]
        opened = [history.open - sum(growths[number + 1 :]) for number in range(spans.count)]
        assert opened == [before.get(queue, 0) for before in seen[1 : spans.count + 1]]
    assert sum(flow.escalated for history in histories.values() for flow in history.flows.values()) > 5


async def _happens(store: Store, random: Random, at: int) -> None:
    await store.expire_due(START + at, 99)
    queue = random.choice(("a", "b"))
    await came(store, at, queue, deadline=random.randint(1, 9) * MINUTE, escalation=random.choice((None, SENIOR)))
    found = await store.lease_most_urgent(make_lease_request(START + at, limit=random.randint(0, 1)))
    for job in found:
        match random.choice(("settle", "escalate", "release", "cancel")):
            case "settle":
                await store.settle_if_leased(make_verdict(job, now=START + at))
            case "escalate" if job.task.escalation is not None:
                await store.escalate_if_held(make_hold(job.task, START + at), "")
            case "cancel":
                await store.cancel_if_open(Cancellation(job.decision.id, "refund-service", "", START + at))
            case _:
                await store.release_if_held(make_hold(job.task, START + at), "")


async def test_activity_is_counted_by_reviewer_and_span(store: Store) -> None:
    await judged(store, -1)
    await judged(store, 0, view_time=9)
    await judged(store, 1, Verdict.REJECT, view_time=7)
    await judged(store, 2, Verdict.CORRECT)
    await judged(store, 2 * HOUR, holder="ada")
    await judged(store, 3 * HOUR, holder="ada")
    expected = [Activity("ada", 2, 1, 1, 0, 0, 0), Activity("rita", 0, 3, 1, 1, 1, 2, 7)]
    assert await store.reviewer_activity(HOURS, "", 9) == expected
    assert await store.reviewer_activity(HOURS, "rita", 9) == expected[1:]
    assert await store.reviewer_activity(HOURS, "", 1) == expected[:1]
    assert await store.reviewer_activity(HOURS, "nobody", 9) == []


async def test_a_view_time_is_the_median_of_those_that_were_told(store: Store) -> None:
    for view_time in (50, None, 10, 30, None, 20, 40, None):
        await judged(store, 0, view_time=view_time)
    (activity,) = await store.reviewer_activity(Spans.one(), "", 9)
    assert (activity.reviews, activity.view_time) == (8, 30)


async def test_overrides_are_counted_by_span(store: Store) -> None:
    for at, verdict in ((-1, Verdict.REJECT), (0, Verdict.APPROVE), (2 * HOUR, Verdict.REJECT), (3 * HOUR, 2)):
        await judged(store, at, Verdict(verdict))
    for grouping in Grouping:
        counts = await store.override_counts(grouping, "refund.*", HOURS)
        assert [(count.span, count.reviews, count.rejections) for count in counts] == [(0, 1, 0), (2, 1, 1)]
        assert len(await store.override_counts(grouping, "", HOURS, 1)) == 1


async def test_spans_of_a_group_stand_together_most_verdicts_first(store: Store) -> None:
    for at, action in ((0, "a"), (0, "a"), (0, "b"), (HOUR, "b"), (2 * HOUR, "b")):
        job = await leased(store, make_admission(make_decision(make_proposal(action), now=START + at)))
        await store.settle_if_leased(make_verdict(job, now=START + at))
    later = [OverrideCount("b", 1, 0, 0, span=span) for span in range(3)]
    assert await store.override_counts(Grouping.ACTION, "", HOURS) == [*later, OverrideCount("a", 2, 0, 0)]
