"""Who submits, judges and reads in these tests, and what."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final, NamedTuple, TypeAlias

from andon_client import Client, Decision, Proposal
from tests.golden.harness import Server, token_of

POLICIES: Final = {
    "wire.yaml": """
policy: wire
actions: [wire.*]
queue: wires
quorum: {need: "2", veto: [risk]}
rules:
  - {id: every, when: "true", route: review, reason: Four eyes}
"""
}
REFUND: Final = Proposal(
    action="refund.issue",
    input={"order": 4711, "text": "The parcel never came"},
    prediction={"amount": 480, "lines": [{"price": 480}]},
    confidence=0.95,
    reasoning="The carrier lost it",
    model=("refunds", "7"),
    amount=480.0,
    currency="EUR",
    subject="customers/4711",
)
CONTESTED: Final = Proposal(action="contested.pay", prediction={"amount": 20}, confidence=0.9)


class Made(NamedTuple):
    """What the command has written."""

    code: int
    text: str
    said: str


Evidence: TypeAlias = Callable[..., Coroutine[Any, Any, Made]]
"""Runs `andon evidence` on a decision or a file; `caller` is who does, else an auditor."""


def as_(server: Server, caller: str) -> Client:
    return Client(f"127.0.0.1:{server.app.port}", token=token_of(caller))


async def submit(server: Server, proposal: Proposal) -> Decision:
    async with as_(server, "submitter") as client:
        return await client.submit(proposal)


async def judge(server: Server, caller: str, verdict: str, *words: Any, **named: Any) -> None:
    """The next task is judged: `approve`, `reject` or `correct`."""
    async with as_(server, caller) as client, client.reviewer().stream() as tasks:
        task = await anext(tasks)
        await server.advance("15s")
        await getattr(task, verdict)(*words, **named)


async def seal(server: Server) -> None:
    while await server.app.duties["checkpoint"].step():
        pass
