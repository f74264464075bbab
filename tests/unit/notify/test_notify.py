"""The worker, stepped by hand on the test's own clock, with a service that is really called."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook as Verifier

from andon.domain.clock import DAY, HOUR, MINUTE, SECOND
from andon.domain.delivery import RETRIES, DeliveryState
from andon.domain.plan import Rung, WorkPlan
from andon.domain.priority import Priority
from andon.domain.review import Verdict
from andon.domain.task import Escalation
from andon.notify.cloudevents import moment
from andon.notify.events import Filter
from andon.notify.sending import Sent
from andon.notify.subscriptions import Notifications, People
from andon.workers.notify import LEASE
from andon.workers.timers import Climb, Expire
from tests.clock import START
from tests.unit.notify.desk import PAGE, Mail, desk_of, hook
from tests.unit.notify.receiver import SECRET, Receiver
from tests.unit.usecases.world import PATIENCE, PLAN, SERVICE, World


async def test_a_held_decision_is_told_as_a_signed_cloud_event(world: World, service: Receiver) -> None:
    desk = await desk_of(world, hook(service))
    decision = (await world.submitted()).decision
    await desk.step()
    (got,) = service.got
    event = json.loads(got.body)
    delivery = await desk.only()
    signature = Verifier(SECRET).sign(delivery.id, datetime.fromtimestamp(START // SECOND, UTC), got.body.decode())
    assert got.headers["webhook-signature"] == signature
    assert got.headers["webhook-id"] == delivery.id
    assert (delivery.state, delivery.attempts) == (DeliveryState.DELIVERED, 1)
    assert {key: event[key] for key in ("specversion", "id", "source", "type", "subject", "sequence")} == {
        "specversion": "1.0",
        "id": "1",
        "source": PAGE,
        "type": "andon.decision.held",
        "subject": decision.name,
        "sequence": "1",
    }
    assert event["data"] == {
        "decision": decision.name,
        "task": f"tasks/{decision.task_id}",
        "action": "refund.issue",
        "submitter": SERVICE.name,
        "route": "REVIEW",
        "queue": "refunds",
        "reasons": [{"rule": "rule", "reason": "because"}],
        "model": {"name": decision.proposal.model.name, "version": decision.proposal.model.version},
        "revision": decision.routing.revision,
        "create_time": "2026-09-21T14:13:20.000000Z",
        "expire_time": "2026-09-21T15:13:20.000000Z",
        "url": f"{PAGE}/#/tasks/{decision.task_id}",
    }
    assert event["time"] == event["data"]["create_time"]
    assert desk.results.told == [("hook", "delivered")]
    await desk.step(DAY)
    assert len(service.got) == 1


async def test_nothing_of_the_payload_leaves(world: World, service: Receiver) -> None:
    desk = await desk_of(world, hook(service), people=[People("desk", Filter(frozenset({"decision.held"})))])
    decision = (await world.submitted()).decision
    job = await world.desk().leased()
    await world.settled(job, Verdict.REJECT, comment="a private word")
    await desk.step()
    told = b"".join(got.body for got in service.got).decode() + str(desk.mail.sent)
    assert len(service.got) == 2
    proposal = decision.proposal
    for hidden in (proposal.reasoning, "A-4711", "45.5", "a private word", decision.payload_hash):
        assert hidden not in told


async def test_only_what_is_wanted_is_told(world: World, service: Receiver) -> None:
    rejected = hook(service, "decision.rejected", name="rejected")
    other = hook(service, name="other", actions=("loan.*",))
    stranger = hook(service, name="stranger", submitters=("somebody",))
    queue = hook(service, name="queue", queues=("refunds",))
    desk = await desk_of(world, rejected, other, stranger, queue)
    for verdict in (Verdict.APPROVE, Verdict.REJECT):
        await world.submitted()
        sitting = world.desk()
        await world.settled(await sitting.leased(), verdict, comment="no")
        await sitting.close()
    await desk.step()
    names = [each.subscription for each in await desk.deliveries()]
    assert sorted(names) == ["queue"] * 4 + ["rejected"]


async def test_escalations_and_ends_by_the_clock_are_told(world: World, service: Receiver) -> None:
    world.policies.plans = {"hard": replace(PLAN, escalation=Escalation("senior", MINUTE))}
    desk = await desk_of(world, hook(service, "task.escalated", "decision.expired"))
    await world.submitted("hard")
    world.clock.advance(HOUR)
    await Expire(world.context).step()
    world.clock.advance(MINUTE)
    await Expire(world.context).step()
    await desk.step()
    events = sorted((json.loads(got.body) for got in service.got), key=lambda event: int(event["sequence"]))
    assert [(each["type"], each["data"]["queue"], each["data"].get("outcome")) for each in events] == [
        ("andon.task.escalated", "senior", None),
        ("andon.decision.resolved", "senior", "EXPIRED"),
    ]


async def test_a_rung_reminds(world: World, service: Receiver) -> None:
    rungs = (Rung(50, priority=Priority.HIGH), Rung(75, notify=True))
    world.policies.plans = {"hard": replace(PLAN, work=WorkPlan(ladder=rungs))}
    desk = await desk_of(world, hook(service, "task.reminded"))
    await world.submitted("hard")
    begun = world.clock.now()
    world.clock.advance(45 * MINUTE)
    for _ in rungs:
        await Climb(world.context).step()
    await desk.step()
    (got,) = service.got
    data = json.loads(got.body)["data"]
    assert (data["queue"], data["percent"], data["expire_time"]) == ("refunds", 75, moment(begun + HOUR))


async def test_what_fails_is_tried_by_the_schedule_and_then_dead(world: World, service: Receiver) -> None:
    service.answers = ["500 Internal Server Error"]
    desk = await desk_of(world, hook(service))
    await world.submitted()
    await desk.step()
    for tries, span in enumerate(RETRIES, 1):
        delivery = await desk.only()
        assert (delivery.attempts, delivery.error) == (tries, "HTTP 500")
        assert delivery.next_time == world.clock.now() + span
        await desk.step(span - 1)
        assert len(service.got) == tries
        await desk.step(1)
    dead = await desk.only()
    assert (dead.state, dead.attempts, len(service.got)) == (DeliveryState.DEAD, 10, 10)
    assert {got.headers["webhook-id"] for got in service.got} == {dead.id}
    assert len({got.body for got in service.got}) == 1
    assert desk.results.told == [("hook", "failed")] * 9 + [("hook", "dead")]
    await desk.step(DAY)
    assert len(service.got) == 10


async def test_the_dead_can_be_sent_again(world: World, service: Receiver) -> None:
    service.answers = ["410 Gone", "200 OK"]
    desk = await desk_of(world, hook(service))
    await world.submitted()
    await desk.step()
    dead = await desk.only()
    assert (dead.state, dead.attempts, dead.error) == (DeliveryState.DEAD, 1, "HTTP 410: gone")
    await world.real.outbox.resend(dead.id, world.clock.now())
    await desk.step(10 * SECOND)
    assert (await desk.only()).state is DeliveryState.DELIVERED
    assert [got.headers["webhook-id"] for got in service.got] == [dead.id, dead.id]


async def test_who_asks_for_time_gets_it(world: World, service: Receiver) -> None:
    service.answers = ["429 Too Many Requests\nretry-after: 3600", "200 OK"]
    desk = await desk_of(world, hook(service))
    await world.submitted()
    await desk.step()
    assert (await desk.only()).next_time == START + HOUR
    await desk.step(HOUR)
    assert (await desk.only()).state is DeliveryState.DELIVERED


async def test_who_asks_for_time_is_left_alone_with_all(world: World, service: Receiver) -> None:
    service.answers = ["429 Too Many Requests\nretry-after: 60", "200 OK"]
    desk = await desk_of(world, hook(service))
    await world.submitted()
    await desk.step()
    await world.submitted()
    await desk.step(MINUTE - 1)
    assert len(service.got) == 1
    await desk.step(1)
    assert len(service.got) == 3


async def test_a_service_that_is_down_keeps_its_backlog(world: World, service: Receiver) -> None:
    """Two attempts show that it is down; the rest of the backlog is not spent on that."""
    service.answers = ["500 Internal Server Error"]
    desk = await desk_of(world, hook(service))
    for _ in range(20):
        await world.submitted()
    await desk.step()
    await desk.step()
    assert len(service.got) == 8
    service.answers = ["200 OK"]
    await desk.step(10 * MINUTE)
    assert {each.state for each in await desk.deliveries()} == {DeliveryState.DELIVERED}


async def test_a_slow_service_holds_up_no_other(world: World, service: Receiver) -> None:
    quick = Mail()
    desk = await desk_of(world, hook(service), people=[People("desk", Filter(frozenset({"decision.held"})))])
    desk.mail = quick
    desk.worker = desk.another(0.05)
    service.answers = [None]
    await world.submitted()
    await desk.worker.step()
    await asyncio.wait_for(service.called.wait(), PATIENCE)
    await world.quiet()
    await world.submitted()
    await desk.step()
    assert len(quick.sent) == 2
    assert desk.results.told.count(("hook", "failed")) == 1


async def test_two_servers_send_each_thing_once(world: World, service: Receiver) -> None:
    desk = await desk_of(world, hook(service))
    for _ in range(20):
        await world.submitted()
    others = [desk.worker, desk.another(), desk.another()]
    for worker in others:
        await worker.step()
    for worker in others:
        await worker.step()
        await worker.idle()
    ids = [got.headers["webhook-id"] for got in service.got]
    assert len(ids) == len(set(ids)) == 20


async def test_a_server_that_dies_while_sending_is_followed_by_another(world: World, service: Receiver) -> None:
    service.answers = [None, "200 OK"]
    desk = await desk_of(world, hook(service))
    await world.submitted()
    await desk.worker.step()
    await asyncio.wait_for(service.called.wait(), PATIENCE)
    await desk.worker.close()
    desk.worker = desk.another()
    await desk.step(LEASE - 1)
    assert len(service.got) == 1
    await desk.step(1)
    first, second = service.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert (await desk.only()).state is DeliveryState.DELIVERED


async def test_who_does_not_lead_sends_nothing(world: World, service: Receiver) -> None:
    desk = await desk_of(world, hook(service))
    await world.submitted()
    world.context.leading = False
    await desk.step()
    assert await desk.deliveries() == []
    world.context.leading = True
    await desk.step()
    assert len(service.got) == 1


async def test_a_subscription_that_is_new_hears_nothing_old(world: World, service: Receiver) -> None:
    desk = await desk_of(world, hook(service))
    await world.submitted()
    await desk.step()
    desk.notifications = Notifications((*desk.notifications.webhooks, hook(service, name="late")))
    await desk.step()
    await world.submitted()
    await desk.step()
    assert sorted(each.subscription for each in await desk.deliveries()) == ["hook", "hook", "late"]


async def test_what_nobody_wants_moves_the_cursors_at_times(
    world: World, service: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("andon.workers.notify", "andon.store.sqlite.outbox"):
        monkeypatch.setattr(f"{module}.REACH", 3)
    desk = await desk_of(world, hook(service, "policy.revision"))
    seen = []
    for _ in range(4):
        await world.submitted()
        await desk.step()
        seen.append((await world.real.outbox.cursors(["hook"]))["hook"])
    assert seen == [0, 0, 3, 3]


# People


def crew(*events: str, pause: int = 0, waiting: int = HOUR) -> People:
    return People("crew", Filter(frozenset(events)), waiting, pause, urls=("json://localhost",))


async def test_people_read_a_line_for_each_thing(world: World) -> None:
    desk = await desk_of(world, people=[crew("decision.held")])
    decision = (await world.submitted()).decision
    await desk.step()
    link = f"{PAGE}/#/tasks/{decision.task_id}"
    assert desk.mail.sent == [("Andon", f"refund.issue: held in refunds, due 2026-09-21T15:13Z (because) {link}")]
    assert (await desk.only()).state is DeliveryState.DELIVERED


async def test_at_most_one_message_in_a_while_with_all_that_came(world: World) -> None:
    desk = await desk_of(world, people=[crew("decision.held", pause=5 * MINUTE)])
    await world.submitted()
    await desk.step()
    for _ in range(30):
        await world.submitted()
    await desk.step(5 * MINUTE - 1)
    assert len(desk.mail.sent) == 1
    await desk.step(1)
    title, text = desk.mail.sent[1]
    assert title == "Andon: 30 events"
    assert (len(text.splitlines()), text.splitlines()[-1]) == (21, "and 10 more")
    await desk.step(HOUR)
    assert len(desk.mail.sent) == 2


async def test_people_who_can_t_be_reached_are_tried_again(world: World) -> None:
    desk = await desk_of(world, people=[crew("decision.held")])
    desk.mail.answer = Sent("none of 1 addresses took it")
    await world.submitted()
    await desk.step()
    assert (await desk.only()).error == "none of 1 addresses took it"
    desk.mail.answer = Sent()
    await desk.step(5 * SECOND)
    assert (await desk.only()).state is DeliveryState.DELIVERED


async def test_a_long_wait_is_told_once_for_each_oldest_task(world: World) -> None:
    desk = await desk_of(world, people=[crew("queue.waiting", waiting=30 * MINUTE)])
    await world.submitted()
    await desk.step(30 * MINUTE - 1)
    assert not desk.mail.sent
    await desk.step(1)
    await desk.step(MINUTE)
    desk.worker = desk.another()
    await desk.step(MINUTE)
    assert desk.mail.sent == [("Andon", f"refunds: a task has waited for 30m {PAGE}/#/inbox")]
    await world.desk().leased()
    await desk.step(HOUR)
    assert len(desk.mail.sent) == 1


async def test_what_is_old_is_forgotten(world: World, service: Receiver) -> None:
    desk = await desk_of(world, hook(service))
    await world.submitted()
    await desk.step()
    await desk.step(7 * DAY)
    assert len(await desk.deliveries()) == 1
    await desk.step(HOUR)
    assert await desk.deliveries() == []
