"""The connections to the database, and what becomes of a fault on one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec, TypeVar

import asyncpg

from andon.domain.errors import AndonError, StoreUnavailable
from andon.store.postgres.session import Session
from andon.store.report import fault, warn
from andon.store.sealing import SealBroken, Sealer

P = ParamSpec("P")
T = TypeVar("T")

_TRIES: Final = 4
# What the database asks to be repeated: it undid the whole transaction.
_AGAIN: Final = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InvalidCachedStatementError,  # a newer server has changed the schema
    asyncpg.OutdatedSchemaCacheError,
    asyncpg.CheckViolationError,  # a part of the log was made for what was on its way to the rest
)
# What can befall any call and is no fault of its values: lost connections, a database that stops, a full disk.
OUTAGES: Final = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.PostgresSystemError,
)


class Pool:
    """Connections that are made as they are needed and made anew when they break."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record], patience: float) -> None:
        """`patience` is how long, in seconds, a call may wait for a connection.

        `appended` is told the ledger entries of each operation after its commit. With a `sealer` contents are sealed.
        """
        self._pool: Final = pool
        self._patience: Final = patience
        self.appended: Callable[[range], None] = _ignore
        self.sealer: Sealer | None = None

    async def read(
        self, function: Callable[Concatenate[Session, P], Awaitable[T]], /, *args: P.args, **kw: P.kwargs
    ) -> T:
        """Runs a reading of one statement. StoreUnavailable."""
        return await self._guarded(function, *args, **kw)

    async def statement(
        self, function: Callable[Concatenate[Session, P], Awaitable[T]], /, *args: P.args, **kw: P.kwargs
    ) -> T:
        """Runs one statement that writes, durable when this returns. Otherwise as `write`."""
        return await self._guarded(function, *args, **kw)

    async def snapshot(
        self, function: Callable[Concatenate[Session, P], Awaitable[T]], /, *args: P.args, **kw: P.kwargs
    ) -> T:
        """Runs a reading whose statements all see one moment. StoreUnavailable."""

        @wraps(function)
        async def within(session: Session) -> T:
            async with session.transaction(isolation="repeatable_read", readonly=True):
                return await function(session, *args, **kw)

        return await self._guarded(within)

    async def write(
        self, function: Callable[Concatenate[Session, P], Awaitable[T]], /, *args: P.args, **kw: P.kwargs
    ) -> T:
        """Runs an operation as one transaction, which is durable when this returns.

        Repeats it where the database asks for that. StoreUnavailable means that it was not acknowledged: where the
        connection broke during the commit itself, nobody can know whether it was recorded. What else the database
        refuses is an AndonError without a reason of its own.
        """

        @wraps(function)
        async def within(session: Session) -> T:
            async with session.transaction():
                return await function(session, *args, **kw)

        return await self._guarded(within)

    async def close(self) -> None:
        """Lets calls under way end, for a while, and closes all connections."""
        try:
            async with asyncio.timeout(self._patience):
                await self._pool.close()
        except (TimeoutError, *OUTAGES):
            self._pool.terminate()

    async def _guarded(
        self, function: Callable[Concatenate[Session, P], Awaitable[T]], *args: P.args, **kw: P.kwargs
    ) -> T:
        for tries in range(1, _TRIES + 1):
            try:
                async with self._pool.acquire(timeout=self._patience) as connection:
                    session = Session(connection, self.sealer)
                    result = await function(session, *args, **kw)
                    self.appended(session.appended)
                    return result
            except _AGAIN as error:
                if tries == _TRIES:
                    fault("store.gave_up", error=str(error), tries=tries)
                    raise StoreUnavailable from error
                warn("store.repeated", error=str(error), tries=tries)
            except OUTAGES as error:
                fault("store.unavailable", error=str(error) or type(error).__name__)
                raise StoreUnavailable from error
            except SealBroken as error:
                fault("store.seal_broken", error=str(error))
                raise StoreUnavailable from error
            except asyncpg.PostgresError as error:
                fault("store.operation_failed", error, operation=getattr(function, "__name__", ""))
                raise AndonError from error
        raise AssertionError("unreachable")


def _ignore(sequences: range) -> None:
    """Nobody asks."""
