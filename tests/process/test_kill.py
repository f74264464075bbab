"""kill -9 at random moments under load: acknowledged is there, a decision ends once, callers get answers."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from pathlib import Path

import pytest

import andon_client
from andon.domain.samples import SampleQuery
from andon.domain.search import DecisionQuery
from andon.store.sqlite import open_sqlite
from tests.process.harness import ServerProcess

CALLERS = 24
DECISIONS = 6
REVIEWERS = 3
ROUNDS = 20 if os.environ.get("ANDON_LONG") else 3


class Load:
    """Callers that block and reviewers that judge, across every death of the server."""

    def __init__(self, server: ServerProcess, tokens: dict[str, str], seed: int) -> None:
        self.server = server
        self.tokens = tokens
        self.random = random.Random(seed)
        self.answers: dict[str, andon_client.Decision] = {}
        self.acknowledged: dict[str, str] = {}
        self.progress = asyncio.Event()

    async def call(self, number: int) -> None:
        """One caller with a few decisions, half of which need a person."""
        async with andon_client.Client(self.server.address, token=self.tokens["submitter"]) as client:
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
        async with andon_client.Client(self.server.address, token=token) as client:
            async for task in client.reviewer().stream(credits=4):
                try:
                    await (task.approve() if self.random.random() < 0.7 else task.reject(comment="no"))
                except andon_client.AndonError:
                    continue

    async def assassinate(self) -> None:
        """Kills and restarts the server after random amounts of progress."""
        for _ in range(ROUNDS):
            for _ in range(self.random.randrange(1, 30)):
                self.progress.clear()
                await self.progress.wait()
            await self.server.kill()
            await self.server.start()


@pytest.mark.parametrize("seed", [1, 2])
async def test_nothing_acknowledged_is_lost(
    server: ServerProcess, tokens: dict[str, str], seed: int, tmp_path: Path
) -> None:
    load = Load(server, tokens, seed)
    reviewers = [asyncio.create_task(load.review(number)) for number in range(REVIEWERS)]
    killer = asyncio.create_task(load.assassinate())
    await asyncio.gather(*(load.call(number) for number in range(CALLERS)))
    killer.cancel()
    for task in (*reviewers, killer):
        task.cancel()
    await asyncio.gather(*reviewers, killer, return_exceptions=True)
    await server.kill()

    assert len(load.answers) == CALLERS * DECISIONS
    await _agrees_with_the_store(load, tmp_path)


async def _agrees_with_the_store(load: Load, folder: Path) -> None:
    store = await open_sqlite(folder / "andon.db")
    try:
        decisions = await store.list_decisions(DecisionQuery(limit=10_000))
        samples = await store.list_samples(SampleQuery(limit=10_000, after=0, until=1 << 40))
    finally:
        await store.close()
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
