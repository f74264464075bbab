"""Callers who block until their decision has ended, and reviewers who judge what is held."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterator, Sequence
from typing import Final

from andon_client import Client, Decision, Model, ReviewTask
from andon_client import Proposal as Submission
from credit_demo.books import Answer, Books, Given
from credit_demo.office import Say, judge
from credit_demo.proposal import MODEL, Proposal
from credit_demo.server import Server
from credit_demo.tokens import CALLER, REVIEWERS

ACTION: Final = "credit.decide"
CALLERS: Final = 32
_ANSWER_WITHIN: Final = 300.0


class Simulation:
    """One run. `scale` tells how many seconds of the office pass in one second here."""

    def __init__(self, server: Server, books: Books, version: str, seed: int, scale: float) -> None:
        self._server = server
        self._books = books
        self._version = version
        self._seed = seed
        self._scale = scale
        self._busy = {name: asyncio.Lock() for name in REVIEWERS}

    async def run(self, proposals: Sequence[Proposal]) -> None:
        """Returns when every caller has its answer. Raises what the first of callers and reviewers could not bear."""
        by_subject = {proposal.application.subject: proposal for proposal in proposals}
        waiting = iter(proposals)
        token = self._server.tokens[CALLER]
        async with Client(self._server.address, token=token) as client, asyncio.TaskGroup() as group:
            reviewers = [group.create_task(self._review(name, by_subject)) for name in REVIEWERS]
            callers = [group.create_task(self._call(client, waiting)) for _ in range(CALLERS)]
            await asyncio.gather(*callers)
            for reviewer, busy in zip(reviewers, self._busy.values(), strict=True):
                async with busy:  # a caller is free before its reviewer has the server's thanks
                    reviewer.cancel()

    async def submit_open(self, proposals: Sequence[Proposal]) -> list[Decision]:
        """Submits without waiting and returns what was held: tasks for the user of the demo."""
        async with Client(self._server.address, token=self._server.tokens[CALLER]) as client:
            decisions = [await client.submit(submission(proposal, self._version)) for proposal in proposals]
        return [decision for decision in decisions if decision.pending]

    async def _call(self, client: Client, waiting: Iterator[Proposal]) -> None:
        for proposal in waiting:
            decision = await client.decide(submission(proposal, self._version), timeout=_ANSWER_WITHIN)
            released = time.monotonic()
            self._books.answers.append(
                Answer(
                    proposal=proposal,
                    decision=decision.name,
                    outcome=str(decision.outcome),
                    grant=decision.passed and (decision.prediction or {}).get("decision") == "grant",
                    released=released,
                )
            )

    async def _review(self, name: str, by_subject: dict[str, Proposal]) -> None:
        token = self._server.tokens[name]
        async with Client(self._server.address, token=token) as client, client.reviewer().stream() as tasks:
            async for task in tasks:
                async with self._busy[name]:
                    await self._judge(name, task, by_subject[task.decision.attributes.subject])

    async def _judge(self, name: str, task: ReviewTask, proposal: Proposal) -> None:
        judgement = judge(proposal.application, proposal.grant, self._seed)
        await asyncio.sleep(judgement.seconds / self._scale)
        sent = time.monotonic()
        if judgement.say is Say.APPROVE:
            await task.approve(comment=judgement.comment)
        elif judgement.say is Say.REJECT:
            await task.reject(comment=judgement.comment)
        else:
            await task.correct(judgement.correction or {}, comment=judgement.comment)
        self._books.given.append(Given(task.decision.name, name, judgement, _queue_wait(task), sent))


def submission(proposal: Proposal, version: str) -> Submission:
    """The proposal as it goes over the wire."""
    application = proposal.application
    return Submission(
        action=ACTION,
        input=application.as_input(),
        prediction=proposal.prediction,
        confidence=proposal.confidence,
        reasoning=proposal.reasoning,
        model=Model(MODEL, version),
        amount=application.amount_dm,
        currency="DEM",
        anomalous=proposal.anomalous,
        subject=application.subject,
    )


def _queue_wait(task: ReviewTask) -> float:
    """From the task's creation to its first lease, by the server's clock, in seconds."""
    created, leased = task.info.create_time, task.info.first_lease_time
    return (leased - created).total_seconds() if created and leased else math.nan
