"""Random histories: one store, one clock, a model beside it; what befalls servers, connections and clocks."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Final, TypeVar

import pytest
from hypothesis import seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from andon.domain.decision import Outcome
from andon.domain.errors import AndonError, StoreUnavailable
from andon.store.ledger import DEADLINE, LedgerKind, first_fault
from andon.store.port import Store
from andon.store.values import LedgerEntry
from tests.clock import FakeClock
from tests.conftest import LONG
from tests.model.case import Case
from tests.model.strategies import jumps, pauses, picks
from tests.store.engines import ENGINES, SEALED, Engine

T = TypeVar("T")

LIMIT: Final = 8 * 3600 if LONG else 300
"""What a test of many histories may take, in seconds."""
_TRIES: Final = 12


@dataclass(frozen=True)
class Call:
    """A call under way when something breaks. Its caller repeats it, with the same request id, until it is answered.

    `answered` is told the answer then, and whether the call had been acknowledged before.
    """

    send: Callable[[], Coroutine[Any, Any, Any]]
    answered: Callable[[Any, bool], None]


class Frame(RuleBasedStateMachine):
    """What all histories have in common. Rules name what happens."""

    engines: ClassVar[Callable[[], AbstractContextManager[Engine]]]
    """Makes an engine with an empty store."""

    @initialize()
    def open(self) -> None:
        self._stack = ExitStack()
        self._engine: Engine = self._stack.enter_context(type(self).engines())
        self._runner = self._stack.enter_context(asyncio.Runner())
        self._store: Store = self._do(self._engine.open())
        self._clock = FakeClock()
        self._behind = 0
        self._touched: set[str] = set()
        self._repeats: list[Callable[[bool], None]] = []
        """Each sends a call that was answered again; True: under its request id comes another body."""
        self.begin()

    def begin(self) -> None:
        """Makes an empty model, and what the history begins with."""

    def check(self, ledger: Sequence[LedgerEntry]) -> None:
        """Compares all there is with the model, in the end."""

    def calls(self, count: int) -> Sequence[Call]:
        """Calls that are under way at the same moment, in the order in which they are repeated."""
        return ()

    def recovered(self) -> None:
        """All calls that were under way have been answered."""

    def teardown(self) -> None:
        if not hasattr(self, "_stack"):
            return
        with self._stack:
            if hasattr(self, "_store"):
                self._check_all()

    def _check_all(self) -> None:
        try:
            ledger = self._do(self._store.ledger(0, 100_000))
            assert first_fault(ledger) is None
            self.check(ledger)
            waits = self._do(self._store.recent_waits(1_000))
            assert all(wait >= 0 for spans in waits.values() for wait in spans), "whatever was done to the clock"
        finally:
            self._do(self._store.close())

    # What happens to servers, connections and clocks

    @rule(span=pauses, jump=jumps, how=st.sampled_from(["passes", "jumps", "jumps", "stops"]))
    def time(self, span: int, jump: int, how: str) -> None:
        """Time passes; or somebody sets the clock; or a server stands still just when it has read the time.

        Leases and deadlines stay the moments they are. What the server was about comes late.
        """
        if how == "jumps":
            self._clock.jump(jump)
        else:
            self._clock.advance(span)
            self._behind = span if how == "stops" else 0

    @precondition(lambda self: self._repeats)
    @rule(pick=picks, other=st.booleans())
    def repeat(self, pick: int, other: bool) -> None:
        """A caller sends an earlier call again, with the same request id; or another under that id."""
        self._pick(self._repeats, pick)(other)

    @rule(
        count=st.integers(0, 4),
        turns=st.integers(0, 12),
        how=st.sampled_from(["stop", "power", "connections"]),
    )
    def restart(self, count: int, turns: int, how: str) -> None:
        """A server is stopped, or loses its power or its connections alone, while calls are under way.

        What was acknowledged is there. Every caller repeats its call.
        """
        calls = self.calls(count)
        acknowledged = self._do(self._break(calls, turns, how))
        if how != "connections":
            self._store = self._do(self._engine.open())
        for place, call in enumerate(calls):
            call.answered(self._do(_answered(call)), place in acknowledged)
        self.recovered()

    async def _break(self, calls: Sequence[Call], turns: int, how: str) -> set[int]:
        tasks = [asyncio.create_task(call.send()) for call in calls]
        for _ in range(turns):
            await asyncio.sleep(0)
        acknowledged = {place for place, task in enumerate(tasks) if task.done() and not task.exception()}
        if how == "power":
            self._engine = await self._engine.crash()
        if how == "connections":
            await self._engine.cut()
        else:
            await self._store.close()
        await asyncio.gather(*tasks, return_exceptions=True)
        return acknowledged

    # Helpers

    def _do(self, work: Awaitable[T]) -> T:
        async def run() -> T:
            return await work

        return self._runner.get_loop().run_until_complete(run())

    def _expect(
        self, work: Coroutine[Any, Any, T], refusal: type[Exception] | None, why: str | None = None
    ) -> T | None:
        """The answer; None where it is to be refused and is, for that reason if one is given."""
        if refusal is None:
            return self._do(work)
        with pytest.raises(refusal) as raised:
            self._do(work)
        assert raised.type is refusal
        if why is not None:
            assert isinstance(raised.value, AndonError)
            assert raised.value.metadata["why"] == why
        return None

    def _now(self) -> int:
        """The time as the call that comes next has read it."""
        behind, self._behind = self._behind, 0
        return self._clock.now() - behind

    def _pick(self, some: Sequence[T], pick: int) -> T:
        return some[pick % len(some)]


async def _answered(call: Call) -> Any:
    for _ in range(_TRIES):
        try:
            return await call.send()
        except StoreUnavailable:
            continue
    return await call.send()


def check_told(ledger: Iterable[LedgerEntry], cases: Iterable[Case]) -> None:
    """The ledger tells of each decision once what became of it: verdicts, appeals, ends, what time says."""
    told: dict[str, list[LedgerEntry]] = {}
    for entry in ledger:
        told.setdefault(entry.decision_id, []).append(entry)
    for case in cases:
        _check_told(told[case.decision.id], case)


def _check_told(told: Sequence[LedgerEntry], case: Case) -> None:
    opened = [entry for entry in told if entry.kind == LedgerKind.APPEALED]
    assert [(entry.actor, entry.time, entry.task_id) for entry in opened] == [
        (wish.appellant, wish.now, wish.tasks[0].id) for wish in case.appeals
    ]
    given = [entry.body.get("level", 0) for entry in told if entry.kind == LedgerKind.REVIEWED]
    assert Counter(given) == Counter(level for level, _ in case.said)
    ends = {entry.body.get("level", 0): entry for entry in told if entry.body.get("outcome")}
    assert len(ends) == sum(bool(entry.body.get("outcome")) for entry in told), "once"
    assert set(ends) == {level for level, end in enumerate(case.ends) if end}
    for level, end in enumerate(case.ends):
        if end is not None and end.outcome is Outcome.EXPIRED:
            default = None if level or not end.timeout_default else end.timeout_default.name
            assert (ends[level].actor, ends[level].time) == (DEADLINE, end.time)
            assert ends[level].body.get("timeout_default") == default


def run(
    histories: type[Frame], name: str, request: pytest.FixtureRequest, number: int, steps: int, part: int = 0
) -> None:
    """So many histories, of so many steps each, on the engine of that name."""
    engines = staticmethod(partial({**ENGINES, **SEALED}[name], request))
    machine: type[Frame] = type(f"{histories.__name__}_{name}", (histories,), {"engines": engines})
    seed(part)(machine)
    machine.TestCase.settings = settings(max_examples=number, stateful_step_count=steps)
    machine.TestCase().runTest()
