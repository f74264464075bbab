"""Work for servers that are killed: callers and reviewers, and what must be on record afterwards."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import andon_client
from andon.domain.samples import SampleQuery
from andon.domain.search import DecisionQuery
from andon.store.ledger import first_fault
from andon.store.port import Store
from tests.process.harness import ServerProcess

CALLERS: Final = 24
DECISIONS: Final = 6
REVIEWERS: Final = 3
ROUNDS: Final = 20 if os.environ.get("ANDON_LONG") else 3
"""How often something is killed."""


class Load:
    """Callers that block and reviewers that judge, across every death of a server; each keeps to one of them."""

    def __init__(self, servers: Sequence[ServerProcess], tokens: Mapping[str, str], seed: int) -> None:
        self.servers = servers
        self.tokens = tokens
        self.random = random.Random(seed)
        self.answers: dict[str, andon_client.Decision] = {}
        self.acknowledged: dict[str, str] = {}
        self.progress = asyncio.Event()

    async def call(self, number: int) -> None:
        """One caller with a few decisions, half of which need a person."""
        async with andon_client.Client(self._address(number), token=self.tokens["submitter"]) as client:
            for index in range(DECISIONS):
                label = f"{number}-{index}"
                decision = await client.decide(
                    action="refund.issue",
                    input={"label": label},
                    prediction={"refund": True},
                    confidence=0.5 if index % 2 else 0.99,
                    amount=10.0,
                    timeout=120,
                )
                assert label not in self.answers
                self.answers[label] = decision
                self.progress.set()

    async def review(self, number: int) -> None:
        """One reviewer who approves or rejects whatever comes."""
        token = self.tokens["reviewer"]
        async with andon_client.Client(self._address(number), token=token) as client:
            async for task in client.reviewer().stream(credits=4):
                try:
                    await (task.approve() if self.random.random() < 0.7 else task.reject(comment="no"))
                except andon_client.AndonError:
                    continue

    async def some_progress(self) -> None:
        """Returns after a random number of answers."""
        for _ in range(self.random.randrange(1, 30)):
            self.progress.clear()
            await self.progress.wait()

    async def through(self, disturb: Callable[[Load], Awaitable[None]]) -> None:
        """All callers get all answers, whatever `disturb` does meanwhile; where that fails, nobody waits for them."""
        reviewers = [asyncio.create_task(self.review(number)) for number in range(REVIEWERS)]
        disturbing = asyncio.ensure_future(disturb(self))
        answered: asyncio.Future[Any] = asyncio.gather(*(self.call(number) for number in range(CALLERS)))
        try:
            await asyncio.wait([answered, disturbing], return_when=asyncio.FIRST_COMPLETED)
            if disturbing.done():
                disturbing.result()
            await answered
        finally:
            under_way: list[asyncio.Future[Any]] = [answered, *reviewers, disturbing]
            for task in under_way:
                task.cancel()
            ends = await asyncio.gather(*under_way, return_exceptions=True)
        assert [end for end in ends if isinstance(end, AssertionError)] == []
        assert len(self.answers) == CALLERS * DECISIONS

    def _address(self, number: int) -> str:
        return self.servers[number % len(self.servers)].address


async def agrees(load: Load, store: Store) -> None:
    """What callers were told is what is on record, once each, and the ledger's chain is whole."""
    decisions = await store.list_decisions(DecisionQuery(limit=10_000))
    samples = await store.list_samples(SampleQuery(limit=10_000, after=0, until=1 << 40))
    assert first_fault(await store.ledger(0, 100_000)) is None
    by_name = {decision.name: decision for decision in decisions}
    assert sorted(decision.sequence for decision in decisions) == list(range(1, len(decisions) + 1))
    for label, answer in load.answers.items():
        kept = by_name[answer.name]
        assert kept.proposal.input == {"label": label}
        assert kept.resolution is not None
        assert answer.outcome is not None
        assert kept.resolution.outcome.name == answer.outcome.value
    verdicts = Counter(sample.decision.name for sample in samples)
    assert all(count == 1 for count in verdicts.values())
    labels = Counter(str(decision.proposal.input["label"]) for decision in decisions)
    assert all(count == 1 for count in labels.values()), "a retried Submit made a second decision"
