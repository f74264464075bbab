"""Callers that are blocked on a decision. They live in memory only; the store is the source of truth."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeAlias

from andon.domain.clock import SECOND
from andon.domain.decision import Decision
from andon.domain.errors import CredentialsInvalid, QuotaExceeded, TooManyWaiters
from andon.domain.principal import Principal
from andon.usecases.quotas import Shares

_Key: TypeAlias = tuple[str, int]
_Current: TypeAlias = Callable[[Principal], Principal | None]


class Waiters:
    """Futures by decision, woken after the commit that resolves it. None of them polls."""

    def __init__(self, limit: int, each: int = 0) -> None:
        self._limit: Final = limit
        self._shares: Final = Shares(each)
        self._futures: dict[_Key, dict[asyncio.Future[Decision | None], Principal]] = {}
        self._count = 0
        self._draining = False
        self._current: _Current | None = None

    def __len__(self) -> int:
        return self._count

    def register(self, decision_id: str, caller: Principal, level: int = 0) -> asyncio.Future[Decision | None]:
        """Takes a place before the state is read, so that no resolution falls between. Raises TooManyWaiters,
        QuotaExceeded, and CredentialsInvalid for a caller who went between its authentication and now.

        `level` 0 is for the end of the decision itself, any other for that of the appeal. Give the place back with
        `forget`, always.
        """
        principal = caller if self._current is None else self._current(caller)
        if principal is None:
            raise CredentialsInvalid
        if self._count >= self._limit:
            raise TooManyWaiters(limit=self._limit, name=f"decisions/{decision_id}")
        if not self._shares.take(caller.name):
            name = f"decisions/{decision_id}"
            hint, each = f"{name} is recorded, ask again with Wait", self._shares.each
            raise QuotaExceeded(hint, principal=caller.name, quota="waiters", limit=each, name=name)
        future = asyncio.get_running_loop().create_future()
        self._futures.setdefault((decision_id, level), {})[future] = caller
        self._count += 1
        if principal != caller:
            _wake(future, None)
        return future

    async def wait(self, future: asyncio.Future[Decision | None], span: int) -> Decision | None:
        """The resolved decision, or None where it is still open after `span` µs or when it is time to go.

        Raises CredentialsInvalid once the caller's credentials are.
        """
        if self._draining:
            return None
        timer = asyncio.get_running_loop().call_later(span / SECOND, _wake, future, None)
        try:
            return await future
        finally:
            timer.cancel()

    def forget(self, decision_id: str, future: asyncio.Future[Decision | None], level: int = 0) -> None:
        """Gives the place back. Harmless when done twice."""
        futures = self._futures.get((decision_id, level))
        if futures is None or future not in futures:
            return
        self._shares.give_back(futures.pop(future).name)
        if future.done() and not future.cancelled():
            future.exception()  # nobody else asks where the decision had ended already
        self._count -= 1
        if not futures:
            del self._futures[decision_id, level]

    def resolve(self, decision: Decision, level: int = 0) -> None:
        """Releases everybody who waits for this decision, or for the appeal of that level. Call it after the commit."""
        for future in self._futures.get((decision.id, level), ()):
            _wake(future, decision)

    def recheck(self, current: _Current) -> None:
        """Lets callers go who are gone, with CredentialsInvalid, or have other rights by now, with the newest state.

        Those who come from now on are asked for likewise: their call may have begun before.
        """
        self._current = current
        for futures in self._futures.values():
            for future, caller in futures.items():
                principal = current(caller)
                if principal is None and not future.done():
                    future.set_exception(CredentialsInvalid())
                elif principal != caller:
                    _wake(future, None)

    def drain(self) -> None:
        """Lets every caller go with the newest state, now and from now on."""
        self._draining = True
        for futures in self._futures.values():
            for future in futures:
                _wake(future, None)


def _wake(future: asyncio.Future[Decision | None], decision: Decision | None) -> None:
    if not future.done():
        future.set_result(decision)
