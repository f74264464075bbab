"""A server with the demo's policy, its real applications, and people who sit down at its page."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser

from andon.domain.task import TaskState
from andon.store.values import Job, TaskQuery
from andon.units import parse_span
from andon_client import Client, Decision
from andon_client import Proposal as Submission
from credit_demo.applications import Application, halves, load
from credit_demo.proposal import Proposal
from credit_demo.simulation import submission
from tests.browser.desk import Desk
from tests.golden.harness import Server, serving, token_of

CREDIT: Final = Path(__file__).resolve().parents[2] / "clients/examples/credit/policies"
OURS: Final = Path(__file__).parent / "policies"
APPLICATIONS: Final[tuple[Application, ...]] = halves(load())[1]
# What somebody has set before is kept in the browser; what they set in the test stays.
_KEEP: Final = """
if (location.protocol.startsWith("http")) localStorage["andon.settings"] ??= %s;
"""
TEXT: Final = "Dear customer, here is what we propose."


def declined(number: int) -> Submission:
    """A real application that the AI would decline, and so a person must see."""
    application = APPLICATIONS[number]
    reasoning = f"Decline {application.amount_dm:,} DM over {application.duration_months} months."
    proposal = Proposal(application, grant=False, confidence=0.8, reasoning=reasoning, anomalous=False)
    return submission(proposal, "1")


def letter(number: int = 1, **changes: Any) -> Submission:
    """A decision whose policy has no correction form."""
    fields: dict[str, Any] = {
        "action": "letter.send",
        "confidence": 0.9,
        "input": {"request": f"request {number}"},
        "prediction": {"to": f"customer {number}", "text": TEXT},
        "subject": f"customers/{number}",
        "model": ("writer", "3"),
    }
    return Submission(**(fields | changes))


class Office:
    """A running server, a browser, and desks."""

    def __init__(self, folder: Path, browser: Browser, settings: Mapping[str, Any]) -> None:
        self.desks: Final[list[Desk]] = []
        self._folder = folder
        self._browser = browser
        self._settings = dict(settings)
        self._stack = AsyncExitStack()
        self.server: Server
        self.client: Client

    @property
    def origin(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.server.app.http_port}"

    async def open(self, **settings: Any) -> None:
        """Starts the server; after a `close`, on the same database and ports. `settings` are changed ones."""
        self._settings |= settings
        self.server = await self._stack.enter_async_context(serving(self._folder, self._settings))
        app = self.server.app
        self._settings |= {"listen": f"127.0.0.1:{app.port}", "http_listen": f"127.0.0.1:{app.http_port}"}
        self.client = await self._stack.enter_async_context(self.as_client("submitter"))

    async def close(self) -> None:
        """Stops the server."""
        await self._stack.aclose()

    def as_client(self, name: str) -> Client:
        """A client over gRPC."""
        return Client(f"127.0.0.1:{self.server.app.port}", token=token_of(name))

    async def sit_down(self, name: str, *, at: str = "", origin: str = "", **ways: Any) -> Desk:
        """Opens the page by the link that carries the token of a principal of the golden cases. No name: no token."""
        desk = await self.desk(origin=origin, **ways)
        await desk.page.goto(link(desk.origin, name, at))
        return desk

    async def desk(
        self, *, undo: int = 0, credits: int = 5, origin: str = "", real_time: bool = False, **context: Any
    ) -> Desk:
        """A browser with an empty page; its clock is the server's, and goes on by itself."""
        origin = origin or self.origin
        shown: Mapping[str, Any] = {"reduced_motion": "reduce", "locale": "en-GB", "timezone_id": "UTC"}
        opened = await self._browser.new_context(**{**shown, **context})
        kept = json.dumps({"undoSeconds": undo, "credits": credits, "takesTasks": True})
        await opened.add_init_script(_KEEP % json.dumps(kept))
        desk = Desk(await opened.new_page(), opened, origin, {origin, self.origin})
        self.desks.append(desk)
        await desk.prepare(None if real_time else self.server.app.context.clock.now())
        return desk

    async def advance(self, span: str) -> None:
        """Lets time go on, for the server and then at every desk."""
        await self.server.advance(span)
        for desk in self.desks:
            await desk.later(parse_span(span) / 1_000)

    async def held(self, *submissions: Submission) -> list[Decision]:
        """Submits decisions that are held for a person, and waits for none."""
        decisions = [await self.client.submit(each) for each in submissions]
        assert all(decision.pending for decision in decisions)
        return decisions

    async def jobs(self, *states: TaskState) -> list[Job]:
        """Tasks as the store has them, most urgent first; the open ones if no state is named."""
        wanted = frozenset(states) or frozenset({TaskState.WAITING, TaskState.LEASED})
        return list(await self.server.app.context.store.list_tasks(TaskQuery(limit=100_000, states=wanted)))

    async def held_by(self, name: str) -> set[str]:
        """The names of the tasks that are leased to somebody, by the store."""
        jobs = await self.jobs(TaskState.LEASED)
        return {job.task.name for job in jobs if job.task.lease and job.task.lease.holder == name}


def link(origin: str, name: str, at: str = "") -> str:
    """The page's address with the token of somebody. No name: no token."""
    token = f"token={token_of(name)}" if name else ""
    return f"{origin}/#{'&'.join(filter(None, (at, token)))}"


async def judged(office: Office) -> list[Decision]:
    """Three decisions, judged over gRPC: approved, rejected, corrected."""
    decisions = await office.held(*(declined(number) for number in range(3)))
    async with office.as_client("reviewer") as client, client.reviewer().stream() as tasks:
        work = aiter(tasks)
        await (await anext(work)).approve()
        await (await anext(work)).reject(comment="He has repaid twice.")
        await (await anext(work)).correct({"decision": "grant", "limit": 1_500}, comment="A smaller limit will do.")
    return decisions


@asynccontextmanager
async def office(
    folder: Path, browser: Browser, policy: Callable[[str], str] = str, **settings: Any
) -> AsyncIterator[Office]:
    """An office that is open, with the policies of the demo and our own. `policy` may change the demo's text."""
    policies = folder / "policies"
    for source in (CREDIT, OURS):
        shutil.copytree(source, policies, dirs_exist_ok=True)
    credit = policies / "credit.yaml"
    credit.write_text(policy(credit.read_text("utf-8")), "utf-8")
    made = Office(folder, browser, {"policies": policies} | settings)
    try:
        await made.open()
        yield made
    finally:
        for desk in made.desks:
            await desk.context.close()
        await made.close()
