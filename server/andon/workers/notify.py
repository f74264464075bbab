"""Tells callers and people what happened, off the ledger."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from andon.domain.clock import DAY, HOUR, MINUTE, SECOND
from andon.domain.delivery import Delivery, DeliveryState, Happening, retry_time
from andon.notify.cloudevents import cloud_event
from andon.notify.events import Event, Occasion, event_of
from andon.notify.people import PeopleSender
from andon.notify.sending import Sent
from andon.notify.subscriptions import Notifications, People, Webhook
from andon.notify.webhooks import WebhookSender
from andon.notify.words import text, title
from andon.store.outbox import REACH, Outbox, Settlement, Spread, Take
from andon.telemetry.logs import get_logger
from andon.usecases.context import Context

INTERVAL: Final = 0.5
LEASE: Final = 2 * MINUTE
"""How long a sender has; well above what an attempt may take, so that nobody else sends the same meanwhile."""
AT_ONCE: Final = 8
DIGEST: Final = 500
KEPT: Final = 7 * DAY
DEAD_KEPT: Final = 90 * DAY
_LONGEST_REST: Final = 5 * MINUTE
_FIRST_REST: Final = 5 * SECOND
_TIDY: Final = HOUR
_FORGOTTEN: Final = 1_000
_log = get_logger("andon.notify")


class DeliveryObserver(Protocol):
    """Is told what came of deliveries."""

    def notified(self, subscription: str, result: str) -> None:
        """An attempt has ended: `delivered`, `failed` (and will be repeated) or `dead`."""
        ...


class Notify:
    """Writes deliveries for what happened, and sends what is due: to each subscription by a task of its own, so that a
    slow one holds up no other.

    Only the leading server does; the store sees to it that a server that believes it leads sends nothing twice.
    """

    name: Final = "notify"

    def __init__(
        self,
        context: Context,
        current: Callable[[], Notifications],
        observer: DeliveryObserver,
        *,
        public_url: str = "",
        webhooks: WebhookSender | None = None,
        people: PeopleSender | None = None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._context: Final = context
        self._current: Final = current
        self._observer: Final = observer
        self._public_url: Final = public_url
        self._webhooks: Final = webhooks or WebhookSender()
        self._people: Final = people or PeopleSender()
        self._draw: Final = draw
        self._looked: dict[str, int] = {}
        self._failures: dict[str, int] = {}
        self._rests: dict[str, int] = {}
        self._at_work: dict[str, asyncio.Task[None]] = {}
        self._tidied = 0
        self._warned: set[tuple[str, str, int]] = set()

    async def step(self) -> bool:
        """One stretch of the ledger for every subscription; begins to send what is due."""
        if not self._context.leading:
            return False
        wanted = self._current()
        more = await self._spread(wanted.all) if wanted.all else False
        await self._watch_queues(wanted.all)
        for subscription in wanted.all:
            self._begin(subscription)
        await self._tidy()
        return more

    async def idle(self) -> None:
        """Returns once nothing is being sent."""
        while self._at_work:
            await asyncio.wait(self._at_work.values())

    async def close(self) -> None:
        """Sends no more. What was cut off is sent again by whoever leads next."""
        tasks = list(self._at_work.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # From the ledger to deliveries

    @property
    def _outbox(self) -> Outbox:
        return self._context.store.outbox

    async def _spread(self, subscriptions: Sequence[Webhook | People]) -> bool:
        cursors = await self._outbox.cursors([each.name for each in subscriptions])
        more = False
        for cursor in sorted(set(cursors.values())):
            group = [each for each in subscriptions if cursors[each.name] == cursor]
            more |= await self._spread_from(cursor, group)
        return more

    async def _spread_from(self, cursor: int, group: Sequence[Webhook | People]) -> bool:
        """Moves the cursors on where there is something to tell, or at times: each move is a commit."""
        looked = max(cursor, min(self._looked.get(each.name, 0) for each in group))
        seen = await self._outbox.happenings(looked)
        now = self._context.clock.now()
        deliveries = [
            self._delivery(each.name, happening, event, now)
            for happening in seen.found
            if (event := event_of(happening)) is not None
            for each in group
            if each.filter.wants(event, happening)
        ]
        names = [each.name for each in group]
        spread = Spread(names, cursor, seen.upto, deliveries)
        due = deliveries or seen.upto - cursor >= REACH
        if due and not await self._outbox.spread_if_there(spread):
            return True  # another server was faster: go on from where it left them
        self._looked |= dict.fromkeys(names, seen.upto)
        return seen.upto - looked == REACH

    def _delivery(self, name: str, happening: Happening, event: Event, now: int) -> Delivery:
        identity = self._context.ids.next()
        return Delivery(identity, name, event.value, happening.sequence, "", happening.time, next_time=now)

    async def _watch_queues(self, subscriptions: Sequence[Webhook | People]) -> None:
        if not any(Event.QUEUE_WAITING.value in each.filter.events for each in subscriptions):
            return
        now = self._context.clock.now()
        waiting = [
            Delivery(self._context.ids.next(), each.name, Event.QUEUE_WAITING.value, 0, queue, oldest, next_time=now)
            for queue, depth in (await self._context.store.queue_depths()).items()
            if (oldest := depth.oldest) is not None
            for each in subscriptions
            if now - oldest >= each.waiting and each.filter.wants_queue(queue)
        ]
        fresh = [each for each in waiting if (each.subscription, each.subject, each.time) not in self._warned]
        if fresh:
            await self._outbox.add_new(fresh)
        self._warned = {(each.subscription, each.subject, each.time) for each in waiting}

    # From deliveries to messages

    def _begin(self, subscription: Webhook | People) -> None:
        name = subscription.name
        if name in self._at_work or self._rests.get(name, 0) > self._context.clock.now():
            return
        task = asyncio.create_task(self._send_all(subscription), name=f"notify {name}")
        self._at_work[name] = task
        task.add_done_callback(lambda _: self._at_work.pop(name, None))

    async def _send_all(self, subscription: Webhook | People) -> None:
        try:
            while self._context.leading and await self._send_some(subscription):
                pass
        except Exception:
            _log.exception("notifications not sent", subscription=subscription.name)

    async def _send_some(self, subscription: Webhook | People) -> bool:
        """Sends what is due, a few at once; True where there may be more, and the receiver takes it."""
        now, token, digest = self._context.clock.now(), secrets.token_hex(16), isinstance(subscription, People)
        limit = DIGEST if digest else AT_ONCE
        take = Take(subscription.name, limit, now, now + LEASE, token, subscription.pause)
        taken = await self._outbox.take_due(take)
        if not taken:
            return False
        if isinstance(subscription, People):
            arrived = await self._tell(subscription, taken, token)
        else:
            arrived = any(await asyncio.gather(*(self._call(subscription, each, token) for each in taken)))
        self._rest(subscription.name, arrived)
        return arrived and len(taken) == limit

    async def _call(self, webhook: Webhook, delivery: Delivery, token: str) -> bool:
        occasion = await self._occasion(delivery)
        if occasion is None:
            return await self._settle(delivery, token, Sent("what it was about is no longer there", final=True))
        body = cloud_event(occasion, self._public_url)
        sent = await self._webhooks.send(webhook, delivery.id, body, self._context.clock.now())
        return await self._settle(delivery, token, sent)

    async def _tell(self, people: People, deliveries: Sequence[Delivery], token: str) -> bool:
        found = [occasion for each in deliveries if (occasion := await self._occasion(each)) is not None]
        sent = Sent("what it was about is no longer there", final=True)
        if found:
            said = text(found, self._context.clock.now(), self._public_url)
            sent = await self._people.send(people, title(found), said)
        return any([await self._settle(each, token, sent) for each in deliveries])

    async def _occasion(self, delivery: Delivery) -> Occasion | None:
        if not delivery.sequence:
            return Occasion(delivery, None)
        happening = await self._outbox.happening(delivery.sequence)
        return None if happening is None else Occasion(delivery, happening)

    async def _settle(self, delivery: Delivery, token: str, sent: Sent) -> bool:
        """Records what came of an attempt; True where it arrived."""
        now = self._context.clock.now()
        again = None if sent.final else retry_time(delivery.attempts, now, self._draw(), sent.least)
        state = DeliveryState.DEAD if again is None else DeliveryState.PENDING
        if not sent.error:
            state, again = DeliveryState.DELIVERED, None
        await self._outbox.settle_if_taken(Settlement(delivery.id, token, state, now, again, sent.error))
        if sent.least:
            self._leave_alone(delivery.subscription, min(sent.least, _LONGEST_REST))
        result = "failed" if state is DeliveryState.PENDING else state.name.lower()
        self._observer.notified(delivery.subscription, result)
        if state is DeliveryState.DEAD:
            _log.error("delivery dead", subscription=delivery.subscription, delivery=delivery.id, why=sent.error)
        elif sent.error:
            _log.warning("delivery failed", subscription=delivery.subscription, delivery=delivery.id, why=sent.error)
        return not sent.error

    def _rest(self, name: str, arrived: bool) -> None:
        """A receiver that takes nothing is left alone for a while, so that its backlog is not burnt up on it."""
        if arrived:
            self._failures.pop(name, None)
            self._rests.pop(name, None)
            return
        failures = self._failures[name] = self._failures.get(name, 0) + 1
        self._leave_alone(name, min(_FIRST_REST << min(failures - 1, 10), _LONGEST_REST))

    def _leave_alone(self, name: str, span: int) -> None:
        self._rests[name] = max(self._rests.get(name, 0), self._context.clock.now() + span)

    async def _tidy(self) -> None:
        now = self._context.clock.now()
        if now - self._tidied >= _TIDY:
            gone = await self._outbox.forget(now - KEPT, now - DEAD_KEPT, _FORGOTTEN)
            self._tidied = self._tidied if gone == _FORGOTTEN else now
