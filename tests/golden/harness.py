"""One server in this process, made by the composition root, with a clock that the case moves."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from andon.app import App, build
from andon.auth.authenticator import BearerAuthenticator
from andon.auth.tokens import TokenFile, fingerprint
from andon.config import load
from andon.domain.clock import SECOND
from andon.domain.search import DecisionQuery
from andon.domain.task import TaskState
from andon.store.port import TaskQuery
from andon.units import parse_span
from tests.clock import FakeClock

POLICIES: Final = Path(__file__).parent / "policies"
START: Final = 1_767_225_600 * SECOND  # 2026-01-01T00:00:00Z
DUTIES: Final = ("expire", "reclaim", "age")
ALL: Final = 100_000
PRINCIPALS: Final = {
    "submitter": "roles: [submitter]",
    "submitter2": "roles: [submitter]",
    "reviewer": 'roles: [reviewer], queues: ["*"], skills: ["*"]',
    "reviewer2": 'roles: [reviewer], queues: ["*"], skills: ["*"]',
    "junior": "roles: [reviewer], queues: [refunds], skills: []",
    "both": 'roles: [submitter, reviewer], queues: ["*"], skills: ["*"]',
    "lead": 'roles: [lead], queues: ["*"], skills: ["*"]',
    "auditor": "roles: [auditor]",
    "admin": "roles: [admin]",
}


class Server:
    """A running server as cases see it."""

    def __init__(self, app: App, clock: FakeClock) -> None:
        self.app: Final = app
        self._clock = clock

    def credentials(self, caller: str) -> tuple[tuple[str, str], ...]:
        """The metadata by which a caller is known; none for nobody."""
        return (("authorization", f"Bearer {token_of(caller)}"),) if caller else ()

    async def advance(self, span: str) -> None:
        """Lets time go on and the timers run until they have nothing to do."""
        self._clock.advance(parse_span(span))
        for name in DUTIES:
            while await self.app.duties[name].step():
                pass

    async def drain(self) -> None:
        """Lets the server go down."""
        await self.app.drain()

    async def blocked(self, call: asyncio.Task[Any]) -> None:
        """Waits until the call has joined those that wait for a decision, or has ended."""
        waiters = self.app.context.waiters
        before = len(waiters)
        await _until(lambda: len(waiters) > before or call.done())

    async def without_stream(self, hang_up: Callable[[], None]) -> None:
        """Hangs up, and waits until the server has noticed."""
        seats = self.app.context.seats
        before = len(seats)
        hang_up()
        await _until(lambda: len(seats) < before)

    async def state(self) -> Any:
        """All that is recorded: the ledger, the decisions, the tasks and their leases."""
        store = self.app.context.store
        ledger = [(entry.sequence, entry.hash) for entry in await store.ledger(0, ALL)]
        tasks = await store.list_tasks(TaskQuery(limit=ALL, states=frozenset(TaskState)))
        return ledger, list(await store.list_decisions(DecisionQuery(limit=ALL))), list(tasks)


@asynccontextmanager
async def serving(folder: Path, settings: Mapping[str, Any]) -> AsyncIterator[Server]:
    """A server on a free port, with its database in `folder`."""
    tokens = folder / "tokens.yaml"
    entries = PRINCIPALS.items()
    tokens.write_text(
        "".join(f"- {{principal: {name}, sha256: {fingerprint(token_of(name))}, {rest}}}\n" for name, rest in entries)
    )
    tokens.chmod(0o600)
    ours = {
        "listen": "127.0.0.1:0",
        "http_listen": "127.0.0.1:0",
        "database": str(folder / "andon.db"),
        "policies": str(POLICIES),
        "tokens": str(tokens),
    }
    clock = FakeClock(START)
    given = {key: str(value) for key, value in settings.items()}
    async with build(
        load(ours | given, {}), BearerAuthenticator(TokenFile.load(tokens)), clock=clock, duties=False
    ) as app:
        yield Server(app, clock)


def token_of(caller: str) -> str:
    """The token of a test's principal: made up, but as long as a real one."""
    return "andon_" + hashlib.sha256(caller.encode()).hexdigest()


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  # the server tells nobody when it has come so far
            await asyncio.sleep(0)
