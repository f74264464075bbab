"""One server in this process, made by the composition root, with a clock that the case moves."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from andon.app import App, build
from andon.auth.authenticator import BearerAuthenticator
from andon.auth.tokens import TokenFile, fingerprint
from andon.config import load
from andon.domain.clock import SECOND
from andon.domain.search import DecisionQuery
from andon.domain.task import TaskState
from andon.policy.environment import Environment
from andon.policy.load import CompiledSet, load_policies
from andon.rpc.facts import decision_environment
from andon.store.values import TaskQuery
from andon.units import parse_span
from andon.web.page import Page
from tests.clock import FakeClock

POLICIES: Final = Path(__file__).parent / "policies"
START: Final = 1_767_225_600 * SECOND  # 2026-01-01T00:00:00Z
DUTIES: Final = ("expire", "climb", "reclaim", "age", "return")
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

    def __init__(self, app: App, clock: FakeClock, tokens: Path) -> None:
        self.app: Final = app
        self._clock = clock
        self._tokens = tokens

    def credentials(self, caller: str) -> tuple[tuple[str, str], ...]:
        """The metadata by which a caller is known; none for nobody."""
        return (("authorization", f"Bearer {token_of(caller)}"),) if caller else ()

    async def advance(self, span: str) -> None:
        """Lets time go on and the timers run until they have nothing to do."""
        self._clock.advance(parse_span(span))
        for name in DUTIES:
            while await self.app.duties[name].step():
                pass

    async def permit(self, rights: Mapping[str, str]) -> None:
        """Changes the token file: what these callers may do, nothing where it is empty. The server looks at it."""
        write_tokens(self._tokens, {**PRINCIPALS, **rights})
        await self.app.duties["tokens"].step()

    async def rule(self, files: Mapping[str, str]) -> None:
        """Writes these policy files. The server looks at its folder, which must be the case's own."""
        folder = self.app.settings.policies
        assert folder != POLICIES, "the case needs the setting `policies: own`"
        for name, text in files.items():
            (folder / name).write_text(text)
        await self.app.duties["reload"].step()
        assert not self.app.policies.faults, self.app.policies.faults

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
    write_tokens(tokens, PRINCIPALS)
    ours = {
        "listen": "127.0.0.1:0",
        "http_listen": "127.0.0.1:0",
        "store": str(folder / "andon.db"),
        "policies": str(POLICIES),
        "tokens": str(tokens),
        "max_calls_per_second": "0",  # the clock stands still, so no bucket would fill again
    }
    clock = FakeClock(START)
    given = {key: str(value) for key, value in settings.items()}
    if given.get("policies") == "own":
        given["policies"] = str(shutil.copytree(POLICIES, folder / "policies"))
    with _read_once():
        known = TokenFile.load(tokens)
        settled = load(ours | given, {})
        async with build(settled, BearerAuthenticator(known), clock=clock, tokens=known, duties=False) as app:
            yield Server(app, clock, tokens)


def write_tokens(file: Path, principals: Mapping[str, str]) -> None:
    """The token file in which these callers have these rights; who has none is not in it."""
    entries = ((name, fingerprint(token_of(name)), rights) for name, rights in principals.items() if rights)
    file.write_text("".join(f"- {{principal: {name}, sha256: {digest}, {rest}}}\n" for name, digest, rest in entries))
    file.chmod(0o600)


def token_of(caller: str) -> str:
    """The token of a test's principal: made up, but as long as a real one."""
    return "andon_" + hashlib.sha256(caller.encode()).hexdigest()


@contextmanager
def _read_once() -> Iterator[None]:
    """Lets all servers of a run share what never changes, and takes longest to make: our policies, and the page."""
    with patch("andon.policy.watch.load_policies", _policies), patch("andon.web.door.Page", _page):
        yield


def _policies(folder: Path, environment: Environment) -> CompiledSet:
    return _ours() if folder == POLICIES else load_policies(folder, environment)


@cache
def _ours() -> CompiledSet:
    return load_policies(POLICIES, decision_environment())


@cache
def _page() -> Page:
    return Page()


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  # the server tells nobody when it has come so far
            await asyncio.sleep(0)
