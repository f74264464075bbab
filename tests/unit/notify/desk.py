"""A worker over a real store, with what it is given and what it said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from andon.domain.delivery import Delivery
from andon.notify.events import Filter
from andon.notify.sending import Sent
from andon.notify.subscriptions import Notifications, People, Webhook
from andon.notify.webhooks import WebhookSender
from andon.store.outbox import DeliveryQuery
from andon.workers.notify import Notify
from tests.unit.notify.receiver import SECRET, Receiver
from tests.unit.usecases.world import World

PAGE: Final = "https://andon.example.com"


@dataclass
class Results:
    """What the worker said came of its attempts."""

    told: list[tuple[str, str]] = field(default_factory=list)

    def notified(self, subscription: str, result: str) -> None:
        self.told.append((subscription, result))


@dataclass
class Mail:
    """A sender to people that keeps what it was given."""

    answer: Sent = field(default_factory=Sent)
    sent: list[tuple[str, str]] = field(default_factory=list)

    async def send(self, people: People, title: str, text: str) -> Sent:
        self.sent.append((title, text))
        return self.answer


@dataclass
class Desk:
    """A worker with what it is given."""

    world: World
    notifications: Notifications
    results: Results = field(default_factory=Results)
    mail: Mail = field(default_factory=Mail)
    worker: Notify = field(init=False)

    def __post_init__(self) -> None:
        self.worker = self.another()

    def another(self, timeout: float = 20.0) -> Notify:
        """Another server's worker on the same store."""
        return Notify(
            self.world.context,
            lambda: self.notifications,
            self.results,
            public_url=PAGE,
            webhooks=WebhookSender(timeout),
            people=self.mail,  # type: ignore[arg-type]  # it has the one method that is called
            draw=lambda: 0.5,
        )

    async def step(self, span: int = 0) -> None:
        """Moves the clock, steps until there is nothing more, and waits for what is sent."""
        self.world.clock.advance(span)
        while await self.worker.step():
            pass
        await self.worker.idle()

    async def deliveries(self, **query: Any) -> Sequence[Delivery]:
        return await self.world.real.outbox.deliveries(DeliveryQuery(99, **query))

    async def only(self) -> Delivery:
        (delivery,) = await self.deliveries()
        return delivery


def hook(service: Receiver, *events: str, name: str = "hook", **fields: Any) -> Webhook:
    wanted = Filter(frozenset(events or ("decision.held", "decision.resolved")), **fields)
    return Webhook(name, wanted, url=service.url, secrets=(SECRET,))


async def desk_of(world: World, *webhooks: Webhook, people: Sequence[People] = ()) -> Desk:
    """A desk whose subscriptions begin now."""
    desk = Desk(world, Notifications(webhooks, people))
    await desk.step()
    return desk
