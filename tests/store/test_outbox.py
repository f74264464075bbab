"""Notifications on their way: each entry leads to one delivery per subscription, whatever dies in between."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, Final

import pytest

from andon.domain.canonical import canonical
from andon.domain.clock import DAY, HOUR, MINUTE, SECOND
from andon.domain.decision import Outcome, Route
from andon.domain.delivery import Delivery, DeliveryState, Happening
from andon.domain.errors import DeliveryNotFound
from andon.domain.review import Verdict
from andon.domain.task import Escalation, TaskKind
from andon.store.ledger import LedgerKind
from andon.store.outbox import Backlog, DeliveryQuery, Outbox, Settlement, Spread, Take
from andon.store.port import Store
from andon.store.values import Cancellation
from tests.builders import make_admission, make_decision, make_id, make_proposal, make_verdict
from tests.clock import START
from tests.store.engines import Engine
from tests.store.helpers import admit, admitted, entries, leased

HOOK: Final = "hook"
LEASE: Final = MINUTE


def make_delivery(sequence: int = 1, *, subscription: str = HOOK, now: int = START, **fields: Any) -> Delivery:
    """A delivery that is due now."""
    values: dict[str, Any] = {"event": "decision.held", "subject": "", "time": now, "next_time": now} | fields
    return Delivery(make_id(), subscription, sequence=sequence, **values)


async def pending(outbox: Outbox, *deliveries: Delivery) -> list[Delivery]:
    """Writes deliveries of a subscription that has come to the ledger's end."""
    made = list(deliveries) or [make_delivery()]
    await outbox.cursors([HOOK])
    assert await outbox.add_new(made) == len(made)
    return made


async def take(outbox: Outbox, now: int = START, *, token: str = "one", **fields: Any) -> list[Delivery]:
    """Takes up to nine deliveries."""
    asked: dict[str, Any] = {"subscription": HOOK, "limit": 9, "until": now + LEASE} | fields
    return list(await outbox.take_due(Take(now=now, token=token, **asked)))


async def told(store: Store, after: int = 0) -> list[Happening]:
    """All that can be told past a sequence."""
    return list((await store.outbox.happenings(after)).found)


# What happened


async def test_a_subscription_begins_at_the_ledger_s_end_and_stays_where_it_is(store: Store) -> None:
    assert await store.outbox.cursors([HOOK]) == {HOOK: 0}
    await admit(store)
    assert await store.outbox.cursors([HOOK, "new"]) == {HOOK: 0, "new": 1}
    assert await store.outbox.cursors([]) == {}


async def test_what_may_be_told_of_a_held_decision_is_without_its_payload(store: Store) -> None:
    proposal = make_proposal(input={"note": "hidden"}, prediction={"note": "hidden"}, reasoning="hidden")
    job = await admit(store, make_admission(make_decision(proposal)))
    (found,) = await told(store)
    decision, task = job.decision, job.task
    assert (found.sequence, found.kind, found.time) == (1, LedgerKind.SUBMITTED, START)
    assert found.decision is not None
    assert (found.decision.id, found.decision.action) == (decision.id, proposal.action)
    assert (found.decision.submitter, found.decision.reasons) == (decision.submitter, decision.routing.reasons)
    assert (found.decision.route, found.decision.model) == (Route.REVIEW, proposal.model)
    assert found.task is not None
    assert (found.task.id, found.task.kind, found.task.queue) == (task.id, TaskKind.GATE, "refunds")
    assert "hidden" not in repr(found)
    assert await store.outbox.happening(1) == found


async def test_what_passes_is_not_told_and_what_is_blocked_is(store: Store) -> None:
    await admitted(store, make_admission(make_decision(route=Route.AUTO_APPROVE)))
    blocked = await admitted(store, make_admission(make_decision(route=Route.BLOCK)))
    (found,) = await told(store)
    assert found.decision is not None
    assert (found.decision.id, found.body["outcome"], found.task) == (blocked.id, "BLOCKED", None)
    assert (await store.outbox.happenings(0)).upto == 2
    assert await store.outbox.happening(1) is None


async def test_every_end_is_told(store: Store) -> None:
    judged = await leased(store)
    await store.settle_if_leased(make_verdict(judged, Verdict.REJECT))
    waits = await admit(store, escalation=Escalation("leads", HOUR))
    await store.expire_due(waits.task.expire_time, 9)
    await store.expire_due(waits.task.expire_time + HOUR, 9)
    gone = await admitted(store)
    await store.cancel_if_open(Cancellation(gone.id, gone.submitter, "", START))
    await store.record(LedgerKind.REVISION, "server", {"revision": "r"}, START)
    kinds = [(found.kind, found.body.get("outcome")) for found in await told(store)]
    assert kinds == [
        (LedgerKind.SUBMITTED, None),
        (LedgerKind.REVIEWED, Outcome.REJECTED.name),
        (LedgerKind.SUBMITTED, None),
        (LedgerKind.ESCALATED, None),
        (LedgerKind.EXPIRED, Outcome.EXPIRED.name),
        (LedgerKind.SUBMITTED, None),
        (LedgerKind.CANCELLED, Outcome.CANCELLED.name),
        (LedgerKind.REVISION, None),
    ]


async def test_the_ledger_is_read_in_parts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("sqlite", "postgres"):
        monkeypatch.setattr(f"andon.store.{module}.outbox.REACH", 2)
    for _ in range(3):
        await admit(store)
    first = await store.outbox.happenings(0)
    assert (first.upto, [found.sequence for found in first.found]) == (2, [1, 2])
    rest = await store.outbox.happenings(2)
    assert (rest.upto, [found.sequence for found in rest.found]) == (3, [3])
    assert (await store.outbox.happenings(3)).upto == 3
    assert (await store.outbox.happenings(9)).upto == 9


# Exactly one delivery per entry and subscription


async def test_deliveries_and_cursors_go_together(store: Store) -> None:
    outbox = store.outbox
    await outbox.cursors([HOOK, "other"])
    made = [make_delivery(1), make_delivery(1, subscription="other")]
    assert await outbox.spread_if_there(Spread([HOOK, "other"], 0, 4, made))
    assert await outbox.cursors([HOOK, "other"]) == {HOOK: 4, "other": 4}
    assert list(await outbox.deliveries(DeliveryQuery(9))) == made[::-1]


async def test_who_comes_late_changes_nothing(store: Store) -> None:
    outbox = store.outbox
    await outbox.cursors([HOOK, "other"])
    assert await outbox.spread_if_there(Spread([HOOK], 0, 2, [make_delivery(1)]))
    for names in ([HOOK], [HOOK, "other"], ["nobody"]):
        assert not await outbox.spread_if_there(Spread(names, 0, 3, [make_delivery(3)]))
    assert await outbox.cursors([HOOK, "other"]) == {HOOK: 2, "other": 0}
    assert len(await outbox.deliveries(DeliveryQuery(9))) == 1


async def test_of_many_at_once_one_spreads(store: Store) -> None:
    outbox = store.outbox
    await outbox.cursors([HOOK, "other"])
    for after in range(5):
        spreads = [
            Spread(names, after, after + 1, [make_delivery(after + 1, subscription=name) for name in names])
            for names in ([HOOK, "other"], ["other", HOOK], [HOOK, "other"])
        ]
        assert sum(await asyncio.gather(*map(outbox.spread_if_there, spreads))) == 1
    assert len(await outbox.deliveries(DeliveryQuery(99))) == 10


async def test_what_is_no_entry_is_told_once_as_well(store: Store) -> None:
    waiting = make_delivery(0, subject="refunds")
    assert await store.outbox.add_new([waiting]) == 1
    again = replace(waiting, id=make_id())
    later = replace(waiting, id=make_id(), time=START + 1)
    assert await store.outbox.add_new([again, later]) == 1
    assert {each.id for each in await store.outbox.deliveries(DeliveryQuery(9))} == {waiting.id, later.id}


# Sending


async def test_what_is_due_is_taken_by_one(store: Store) -> None:
    (made,) = await pending(store.outbox)
    assert await take(store.outbox, START - 1) == []
    assert await take(store.outbox, subscription="other") == []
    (taken,) = await take(store.outbox)
    assert taken == replace(made, attempts=1, next_time=START + LEASE)
    assert await take(store.outbox, token="two") == []


async def test_of_many_at_once_each_takes_others(store: Store) -> None:
    await pending(store.outbox, *(make_delivery(number) for number in range(1, 21)))
    parts = await asyncio.gather(*(take(store.outbox, token=f"t{number}", limit=5) for number in range(8)))
    while rest := await take(store.outbox, token="rest"):
        parts.append(rest)
    ids = [each.id for part in parts for each in part]
    assert len(ids) == len(set(ids)) == 20


async def test_the_oldest_is_taken_first(store: Store) -> None:
    late, early = make_delivery(1, next_time=START + 2), make_delivery(2, next_time=START + 1)
    await pending(store.outbox, late, early)
    assert [each.id for each in await take(store.outbox, START + 9, limit=1)] == [early.id]


async def test_what_arrived_is_not_sent_again(store: Store) -> None:
    (made,) = await pending(store.outbox)
    await take(store.outbox)
    assert await store.outbox.settle_if_taken(Settlement(made.id, "one", DeliveryState.DELIVERED, START + 3))
    (settled,) = await store.outbox.deliveries(DeliveryQuery(9))
    assert settled == replace(made, state=DeliveryState.DELIVERED, attempts=1, next_time=None, settle_time=START + 3)
    assert await take(store.outbox, START + DAY) == []


async def test_what_failed_comes_again_at_its_time(store: Store) -> None:
    (made,) = await pending(store.outbox)
    await take(store.outbox)
    again = Settlement(made.id, "one", DeliveryState.PENDING, START, START + HOUR, "HTTP 500")
    assert await store.outbox.settle_if_taken(again)
    assert await take(store.outbox, START + HOUR - 1) == []
    (taken,) = await take(store.outbox, START + HOUR, token="two")
    assert (taken.id, taken.attempts, taken.error) == (made.id, 2, "HTTP 500")


async def test_a_sender_that_died_is_followed_by_another_and_counts_no_more(store: Store) -> None:
    (made,) = await pending(store.outbox)
    await take(store.outbox, token="dead")
    assert await take(store.outbox, START + LEASE - 1, token="two") == []
    (taken,) = await take(store.outbox, START + LEASE, token="two")
    assert (taken.id, taken.attempts) == (made.id, 2)
    assert not await store.outbox.settle_if_taken(Settlement(made.id, "dead", DeliveryState.DEAD, START))
    assert await store.outbox.settle_if_taken(Settlement(made.id, "two", DeliveryState.DELIVERED, START))
    assert not await store.outbox.settle_if_taken(Settlement(made.id, "two", DeliveryState.DEAD, START))


async def test_a_crash_between_sending_and_settling_sends_it_again_under_its_id(engine: Engine) -> None:
    store = await engine.open()
    (made,) = await pending(store.outbox)
    await take(store.outbox, token="dead")
    crashed = await engine.crash()
    if crashed is not engine:
        await store.close()
    survivor = await crashed.open()
    (taken,) = await take(survivor.outbox, START + LEASE, token="two")
    assert (taken.id, taken.event, taken.sequence) == (made.id, made.event, made.sequence)
    await survivor.close()
    await store.close()


async def test_a_pause_is_kept_whoever_asks(store: Store) -> None:
    outbox, pause = store.outbox, 5 * MINUTE
    await pending(outbox, make_delivery(1))
    assert len(await take(outbox, pause=pause)) == 1
    await pending(outbox, make_delivery(2), make_delivery(3))
    assert await take(outbox, START + pause - 1, token="two", pause=pause) == []
    assert len(await take(outbox, START + pause, token="two", pause=pause)) == 3  # the first one's lease is over
    assert await take(outbox, START + 9 * pause, token="two", pause=pause, subscription="nobody") == []


async def test_a_pause_begins_with_something_to_send(store: Store) -> None:
    await store.outbox.cursors([HOOK])
    assert await take(store.outbox, pause=HOUR) == []
    await pending(store.outbox)
    assert len(await take(store.outbox, START + SECOND, pause=HOUR)) == 1


# The dead, and sending again


async def _dead(outbox: Outbox, *deliveries: Delivery) -> list[Delivery]:
    made = await pending(outbox, *deliveries)
    for each in await take(outbox):
        await outbox.settle_if_taken(Settlement(each.id, "one", DeliveryState.DEAD, START, error="HTTP 410"))
    return made


async def test_the_dead_are_listed_with_their_reason(store: Store) -> None:
    (made,) = await _dead(store.outbox)
    other = make_delivery(2)
    await store.outbox.add_new([other])
    (dead,) = await store.outbox.deliveries(DeliveryQuery(9, state=DeliveryState.DEAD))
    assert (dead.id, dead.error, dead.attempts, dead.settle_time) == (made.id, "HTTP 410", 1, START)
    assert [each.id for each in await store.outbox.deliveries(DeliveryQuery(9, HOOK))] == [other.id, made.id]
    assert [each.id for each in await store.outbox.deliveries(DeliveryQuery(9, before=other.id))] == [made.id]
    assert [each.id for each in await store.outbox.deliveries(DeliveryQuery(1))] == [other.id]
    assert await store.outbox.deliveries(DeliveryQuery(9, "nobody")) == []


@pytest.mark.parametrize("state", [DeliveryState.DEAD, DeliveryState.DELIVERED])
async def test_what_ended_is_sent_again_with_all_its_attempts(store: Store, state: DeliveryState) -> None:
    (made,) = await pending(store.outbox)
    await take(store.outbox)
    await store.outbox.settle_if_taken(Settlement(made.id, "one", state, START, error="x"))
    again = await store.outbox.resend(made.id, START + HOUR)
    assert again == replace(made, next_time=START + HOUR)
    (taken,) = await take(store.outbox, START + HOUR, token="two")
    assert (taken.id, taken.attempts) == (made.id, 1)


async def test_what_waits_for_its_retry_is_sent_at_once_and_keeps_its_count(store: Store) -> None:
    (made,) = await pending(store.outbox)
    await take(store.outbox)
    await store.outbox.settle_if_taken(Settlement(made.id, "one", DeliveryState.PENDING, START, START + DAY, "x"))
    again = await store.outbox.resend(made.id, START + 1)
    assert (again.next_time, again.attempts, again.error) == (START + 1, 1, "x")


async def test_what_is_being_sent_is_left_alone(store: Store) -> None:
    (made,) = await pending(store.outbox)
    (taken,) = await take(store.outbox)
    assert await store.outbox.resend(made.id, START + 1) == taken
    assert await store.outbox.settle_if_taken(Settlement(made.id, "one", DeliveryState.DELIVERED, START + 2))


async def test_what_is_unknown_is_not_sent_again(store: Store) -> None:
    with pytest.raises(DeliveryNotFound):
        await store.outbox.resend(make_id(), START)


async def test_the_backlog_counts_what_has_not_arrived(store: Store) -> None:
    assert await store.outbox.backlog() == {}
    await _dead(store.outbox, make_delivery(1))
    await store.outbox.add_new([make_delivery(2, time=START + 5), make_delivery(3, time=START + 4)])
    await store.outbox.add_new([make_delivery(2, subscription="other")])
    assert await store.outbox.backlog() == {HOOK: Backlog(2, 1, START + 4), "other": Backlog(1, 0, START)}
    for each in await take(store.outbox, START + HOUR, subscription="other"):
        await store.outbox.settle_if_taken(Settlement(each.id, "one", DeliveryState.DELIVERED, START))
    assert set(await store.outbox.backlog()) == {HOOK}


async def test_the_past_is_forgotten_in_parts(store: Store) -> None:
    outbox = store.outbox
    await pending(outbox, *(make_delivery(number) for number in range(1, 4)))
    for each in await take(outbox):
        await outbox.settle_if_taken(Settlement(each.id, "one", DeliveryState.DELIVERED, START))
    await outbox.add_new([make_delivery(9)])
    assert await outbox.forget(START, START, 9) == 0
    assert [await outbox.forget(START + 1, START, 2) for _ in range(3)] == [2, 1, 0]
    assert await outbox.forget(START, START + 1, 9) == 1
    assert await outbox.deliveries(DeliveryQuery(9)) == []


async def test_words_of_ours_are_kept_as_they_are(store: Store) -> None:
    (made,) = await pending(store.outbox, make_delivery(subject="ü-queue"))
    await take(store.outbox)
    error = canonical(["HTTP 500", "ü"])
    await store.outbox.settle_if_taken(Settlement(made.id, "one", DeliveryState.DEAD, START, error=error))
    (dead,) = await store.outbox.deliveries(DeliveryQuery(9))
    assert (dead.subject, dead.error) == ("ü-queue", error)


async def test_the_ledger_says_nothing_of_deliveries(store: Store) -> None:
    before = await entries(store)
    await _dead(store.outbox)
    assert await entries(store) == before
