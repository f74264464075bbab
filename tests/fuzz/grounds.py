"""A live server to try things on, and what is known of it: names, tokens and hashes that lead deep into its code."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any, Final

import grpc
from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from andon.workers.notify import Notify
from andon_client._gen.andon.v1 import (
    decision_service_pb2,
    decision_service_pb2_grpc,
    review_service_pb2,
    review_service_pb2_grpc,
    task_pb2,
)
from andon_client._gen.buf.validate import validate_pb2
from tests.golden.harness import Server, serving
from tests.golden.runner import templates

SETTINGS: Final = {
    "max_wait": "10ms",
    "heartbeat_interval": "100ms",
    "max_message_size": "256KiB",
    "max_payload_size": "32KiB",
    "max_leases_per_reviewer": "1000",
}
QUEUES: Final = ("refunds", "quick", "slow", "samples", "senior", "appeals", "*", "nowhere")
ACTIONS: Final = (
    *("refund.issue", "quick.answer", "slow.answer", "payout.make", "contested.claim", "sample.always", "new.one"),
)
KINDS: Final = ("decisions/", "tasks/", "deliveries/")
_FREE: Final = frozenset({"comment", "request_id", "digest"})
_NEEDED: Final = frozenset({"lease_token", "payload_hash"})
_KEPT: Final = 40
_HELD: Final = 10
_PATIENCE: Final = 5.0
# A receiver that is not there: so there are deliveries that failed.
_NOTIFICATIONS: Final = """\
webhooks:
- name: hook
  url: http://127.0.0.1:9/
  secret: whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=
  events: [decision.held]
"""
_PLAIN: Final = ("unsure", "quick", "slow", "payout", "contested", "refund")
# They pass, and can be redeemed once.
_MORE: Final = {name: {"action": f"once.{name}", "confidence": 0.9, "prediction": {"a": 1}} for name in ("one", "two")}
_MOST_READ: Final = 1 << 16


class Grounds:
    """The server, and the words that it has said."""

    def __init__(self, server: Server) -> None:
        self.server: Final = server
        self._words: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=_KEPT))
        self._names: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=4 * _KEPT))
        self.more: Final[dict[str, deque[Any]]] = defaultdict(lambda: deque(maxlen=_KEPT))
        """By the name of a method: requests for a page that there is."""
        self.held: deque[tuple[str, task_pb2.Task]] = deque(maxlen=_KEPT)
        self._words["queue"].extend(QUEUES)
        self._words["action"].extend(ACTIONS)

    def word(self, random: Random, field: FieldDescriptor) -> str:
        """Something to say in a field of text: what the server has said there, or what fits."""
        assert field.containing_type is not None
        if (kind := _kind(field)) or field.name == "name":
            known = self._names[kind]
        elif field.name in _FREE:
            return f"{random.getrandbits(40 if random.random() < 0.8 else 3):x}"
        else:
            known = self._words["queue" if field.name == "queues" else field.name]
        needed = field.name in _NEEDED or field.GetOptions().Extensions[validate_pb2.field].required
        return random.choice(list(known)) if known and random.random() < (0.98 if needed else 0.7) else ""

    def learn(self, response: Message, request: Message | None = None) -> None:
        """Takes note of every word of an answer."""
        if response.ByteSize() <= _MOST_READ:
            if request is not None and (token := getattr(response, "next_page_token", "")):
                more: Any = request
                more.page_token = token
                self.more[request.DESCRIPTOR.full_name].append(more)
            for name, word in _words(response):
                if word and len(word) < 500:
                    kind = next((kind for kind in KINDS if word.startswith(kind)), "")
                    (self._names[kind] if kind else self._words[name]).append(word)

    async def stock(self) -> None:
        """Sees to it that there is something to decide, and that somebody holds it."""
        async with grpc.aio.insecure_channel(f"127.0.0.1:{self.server.app.port}") as channel:
            decisions = decision_service_pb2_grpc.DecisionServiceStub(channel)
            for name in (*_PLAIN, *_MORE) * 2:
                request = decision_service_pb2.SubmitRequest()
                json_format.ParseDict({"decision": (templates() | _MORE)[name]}, request)
                caller = "both" if name == "quick" else "submitter"
                answer = await decisions.Submit(request, metadata=self.server.credentials(caller))
                self.learn(answer)
            await self._notify()
            await self.server.app.duties["checkpoint"].step()
            for caller in ("reviewer", "reviewer2", "lead", "both"):
                await self._hold(channel, caller)

    async def _notify(self) -> None:
        worker = self.server.app.duties["notify"]
        assert isinstance(worker, Notify)
        await worker.step()
        await worker.idle()

    async def _hold(self, channel: grpc.aio.Channel, caller: str) -> None:
        request = review_service_pb2.StreamRequest(credits=_HELD)
        stream = review_service_pb2_grpc.ReviewServiceStub(channel).Stream(
            request, metadata=self.server.credentials(caller), timeout=_PATIENCE
        )
        with suppress(grpc.aio.AioRpcError):
            async for event in stream:
                if event.type == review_service_pb2.STREAM_EVENT_TYPE_HEARTBEAT:
                    break
                if event.type == review_service_pb2.STREAM_EVENT_TYPE_LEASED:
                    self.learn(event)
                    self.held.append((caller, event.task))
        stream.cancel()


def _kind(field: FieldDescriptor) -> str:
    """What a field names, by the pattern that the contract gives it; empty where it is no name."""
    pattern = field.GetOptions().Extensions[validate_pb2.field].string.pattern
    return next((kind for kind in KINDS if kind in pattern), "")


def _words(message: Message) -> Iterator[tuple[str, str]]:
    for field, value in message.ListFields():
        many = value if field.is_repeated and not isinstance(value, Mapping) else (value,)
        for each in list(many)[:5] if field.message_type is None or not _is_map(field) else ():
            if isinstance(each, str):
                yield field.name, each
            elif isinstance(each, Message) and not each.DESCRIPTOR.full_name.startswith("google."):
                yield from _words(each)


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry


@asynccontextmanager
async def grounds(folder: Path) -> AsyncIterator[Grounds]:
    """A server with something on it. It has the rights of the golden cases' callers, and more of everything allowed."""
    told = folder / "notifications.yaml"
    told.write_text(_NOTIFICATIONS)
    told.chmod(0o600)
    async with serving(folder, SETTINGS | {"notifications": str(told)}) as server:
        made = Grounds(server)
        await made.stock()
        yield made
        await asyncio.sleep(0)


def callers(allowed: frozenset[Any]) -> tuple[str, ...]:
    """Who of the golden cases' callers has one of these roles."""
    roles = {str(role.value) for role in allowed}
    known = {
        "submitter": {"submitter"},
        "both": {"submitter", "reviewer"},
        "reviewer": {"reviewer"},
        "lead": {"lead"},
        "auditor": {"auditor"},
        "admin": {"admin"},
    }
    return tuple(name for name, has in known.items() if has & roles)
