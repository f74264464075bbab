"""Who is told what and where, as the notifications file says it. What is secret is in no `repr`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from andon.domain.clock import HOUR
from andon.notify.events import Filter

LONG: Final = HOUR
"""How long a task has waited when a queue's wait is told, unless a subscription says otherwise."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """What callers and people have in common. `pause` (µs) lies between two messages at least."""

    name: str
    filter: Filter
    waiting: int = LONG
    pause: int = 0


@dataclass(frozen=True, slots=True)
class Webhook(Subscription):
    """A service that is called. With several secrets every message is signed by each, so that they can be changed."""

    url: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class People(Subscription):
    """Persons, and where they are: Apprise's URLs."""

    urls: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Notifications:
    """All subscriptions of one file."""

    webhooks: Sequence[Webhook] = ()
    people: Sequence[People] = ()

    @property
    def all(self) -> Sequence[Webhook | People]:
        return (*self.webhooks, *self.people)
