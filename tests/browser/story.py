"""A day of work at a bank, told to a server: who proposed what when, and who judged it how."""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from andon_client import ReviewTask, Shown, TaskStream
from credit_demo.applications import halves, load
from credit_demo.office import Say, judge
from credit_demo.proposal import Proposal
from credit_demo.simulation import submission
from tests.browser.office import Office

LEAD: Final = "grace"
REVIEWERS: Final = ("ada", "katherine", "edsger")
SUBMITTER: Final = "loan-desk"
PEOPLE: Final = dict.fromkeys(REVIEWERS, 'roles: [reviewer], queues: ["*"], skills: ["*"]') | {
    LEAD: 'roles: [lead], queues: ["*"], skills: ["*"]',
    SUBMITTER: "roles: [submitter]",
}
# Urgency rises slowly, and a lease lasts while somebody thinks: nobody here renews any.
SETTINGS: Final = {"aging_interval": "3h", "lease_duration": "2h"}
_SEED: Final = 7
_BEGIN_HOURS: Final = 16.75
_STEPS: Final = 96
_STEP: Final = 15
_BUSIEST_HOUR: Final = 13
# What three people do in a step, and how long one of them takes, in minutes.
_VERDICTS: Final = 6
_PAUSE: Final = 2


def without_chance(policy: str) -> str:
    """The demo's policy without its last rule, a random sample, so that each run has the same tasks."""
    kept, rule, _ = policy.partition("  - id: sample")
    assert rule
    return kept


def proposals() -> tuple[Sequence[Proposal], str]:
    """What the demo's model says about the half of the applications that it was not trained on, and its version."""
    from credit_demo.model import CreditModel  # brings scikit-learn, which whoever only collects tests need not read

    training, decided = halves(load())
    model = CreditModel(training)
    return model.propose(decided), model.version


@asynccontextmanager
async def told(office: Office) -> AsyncIterator[None]:
    """Fills the server: a day's proposals, most of those that were held judged, some of them still waiting."""
    made, version = proposals()
    known = by_subject(made)
    async with working(office) as people, office.as_client(SUBMITTER) as client:
        await office.server.advance(f"{_BEGIN_HOURS}h")
        for share in shares(made):
            await client.submit_many([submission(each, version) for each in share])
            spent = await settle(office, people, known)
            await office.server.advance(f"{_STEP - spent}m")
        yield


def shares(made: Sequence[Proposal]) -> Iterator[Sequence[Proposal]]:
    """The proposals of each step: few by night, many by day."""
    hours = [_BEGIN_HOURS + step * _STEP / 60 for step in range(_STEPS)]
    weights = [1.1 + math.cos(2 * math.pi * (hour - _BUSIEST_HOUR) / 24) for hour in hours]
    whole, done, before = sum(weights), 0.0, 0
    for weight in weights:
        done += weight
        after = round(len(made) * done / whole)
        yield made[before:after]
        before = after


def by_subject(made: Sequence[Proposal]) -> Mapping[str, Proposal]:
    """The proposals by what they are about."""
    return {each.application.subject: each for each in made}


@asynccontextmanager
async def working(office: Office) -> AsyncIterator[People]:
    """The reviewers, each with a task at a time."""
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(office.as_client(name)) for name in REVIEWERS]
        people = People([await stack.enter_async_context(client.reviewer().stream()) for client in clients])
        stack.callback(people.leave)
        yield people


class People:
    """The reviewers' streams: whoever is given a task has the next turn."""

    def __init__(self, streams: Sequence[TaskStream]) -> None:
        self._coming = {stream: asyncio.ensure_future(anext(stream)) for stream in streams}

    async def next(self) -> ReviewTask:
        """A task of the one who had a turn longest ago."""
        await asyncio.wait(self._coming.values(), return_when=asyncio.FIRST_COMPLETED)
        stream = next(stream for stream, coming in self._coming.items() if coming.done())
        task = self._coming.pop(stream).result()
        self._coming[stream] = asyncio.ensure_future(anext(stream))
        return task

    def leave(self) -> None:
        """Takes no more."""
        for coming in self._coming.values():
            coming.cancel()


async def settle(office: Office, people: People, known: Mapping[str, Proposal]) -> int:
    """The reviewers judge what they get done in a step; answers how many minutes that took."""
    spent = 0
    while spent < _VERDICTS * _PAUSE and await office.jobs():
        task = await people.next()
        await office.server.advance(f"{_PAUSE}m")
        spent += _PAUSE
        await give(task, known[task.decision.attributes.subject])
    return spent


async def give(task: ReviewTask, proposal: Proposal) -> None:
    """The verdict of the demo's people, who know what became of each credit."""
    judgement = judge(proposal.application, proposal.grant, _SEED)
    shown = Shown(hashlib.sha256(proposal.reasoning.encode()).hexdigest(), view_time=judgement.seconds)
    if judgement.say is Say.APPROVE:
        await task.approve(judgement.comment, shown=shown)
    elif judgement.say is Say.REJECT:
        await task.reject(judgement.comment, shown=shown)
    else:
        await task.correct(judgement.correction or {}, judgement.comment, shown=shown)
