"""The store on one PostgreSQL database: for any number of servers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg

from andon.domain.errors import AndonError, StoreUnavailable
from andon.store.errors import StoreUnusable
from andon.store.groups import Committer, Observer, Perform
from andon.store.postgres.archive import PostgresArchive, alone
from andon.store.postgres.connection import leave, prepare
from andon.store.postgres.keyring import PostgresKeyring
from andon.store.postgres.migrate import SchemaUnusable, check_newest, migrate
from andon.store.postgres.names import Names
from andon.store.postgres.operations.submit import Submit, record
from andon.store.postgres.parts import make_parts
from andon.store.postgres.pool import Pool
from andon.store.postgres.sealing import begin, unlocked
from andon.store.postgres.servers import Connect, Follower, last_entry
from andon.store.postgres.statements import sql
from andon.store.postgres.store import PostgresStore
from andon.store.sealing import KeyGone, SealBroken, Sealer, Vault, VaultClosed

__all__ = ["PostgresStore", "open_archive", "open_keyring", "open_postgres"]

_OLDEST: Final = 14
_SECRETS: Final = re.compile(r"(password|sslpassword)=[^&]*")
_PATIENCE: Final = 5.0
# Full durability, whatever the database's default is; a server that vanished holds no lock for long. Plans are made
# once for each connection: with a part for each month to be thought of, making one takes several times what running
# it does. Such a plan may be made while a table is empty and is kept when it is long, so reading tables whole, and
# joining them whole, is the last resort; and its guess of what it will cost means nothing, so nothing is compiled.
_DURABLE: Final = {"synchronous_commit": "on", "timezone": "UTC", "lock_timeout": "5000"}
_SETTINGS: Final = {
    **_DURABLE,
    "idle_in_transaction_session_timeout": "10000",
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
}
_FAULTS: Final = (
    OSError,
    ValueError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    AndonError,
    SchemaUnusable,
    VaultClosed,
    SealBroken,
)


async def open_postgres(
    url: str,
    *,
    connections: int = 10,
    schema: str = "andon",
    observe: Observer | None = None,
    vault: Vault | None = None,
) -> PostgresStore:
    """Connects to a database and brings our schema in it to the newest form.

    `observe` is called on the event loop after each group of submissions with their number and the seconds it took.
    With a `vault` contents are encrypted from now on. Raises StoreUnusable where it can't be reached or can't serve;
    then nothing is changed.
    """
    settings = {**_SETTINGS, "search_path": schema, "application_name": f"andon {uuid4()}"}
    connect = partial(asyncpg.connect, url, server_settings=settings, timeout=_PATIENCE)
    async with AsyncExitStack() as stack:
        try:
            sealer = await _prepare(connect, schema, vault)
            pool = Pool(await _connected(url, connections, settings, stack), _PATIENCE)
            pool.sealer = sealer
            last = await pool.read(last_entry)
        except _FAULTS as error:
            raise StoreUnusable(shown(url), str(error) or type(error).__name__) from error
        stack.pop_all()
    follower = Follower(pool, connect, settings["application_name"], last)
    pool.appended = follower.own
    names = Names(pool)
    return PostgresStore(pool, names, Committer(_recorder(pool, names), observe or _unobserved), follower)


async def open_archive(url: str, *, schema: str = "andon") -> PostgresArchive:
    """Connects for retention. Servers may work on the database meanwhile; another retention may not.

    Raises StoreUnusable where it can't be reached, or where its schema is not the one of this release.
    """
    return PostgresArchive(await _alone(url, schema, "andon retention", alone))


async def open_keyring(url: str, *, schema: str = "andon") -> PostgresKeyring:
    """Connects for the keys. Raises StoreUnusable like `open_archive`."""
    return PostgresKeyring(shown(url), await _alone(url, schema, "andon keyring"))


async def _alone(
    url: str, schema: str, name: str, *checks: Callable[[asyncpg.Connection[asyncpg.Record]], Awaitable[None]]
) -> asyncpg.Connection[asyncpg.Record]:
    """A connection by itself to a schema of this release that passes the checks. StoreUnusable."""
    settings = {**_DURABLE, "search_path": schema, "application_name": name}
    try:
        connection = await asyncpg.connect(url, server_settings=settings, timeout=_PATIENCE)
        try:
            await prepare(connection)
            for check in (check_newest, *checks):
                await check(connection)
        except BaseException:
            await connection.close(timeout=_PATIENCE)
            raise
    except _FAULTS as error:
        raise StoreUnusable(shown(url), str(error) or type(error).__name__) from error
    return connection


def shown(url: str) -> str:
    """The URL as it may be told: without its passwords, and without anything where it is no URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "postgres://…"
    user, at, host = parts.netloc.rpartition("@")
    name, colon, _ = user.partition(":")
    query = _SECRETS.sub(r"\1=***", parts.query)
    return parts._replace(netloc=f"{name}{colon and ':***'}{at}{host}", query=query).geturl()


async def _prepare(connect: Connect, schema: str, vault: Vault | None) -> Sealer | None:
    first = await connect()
    try:
        if first.get_server_version().major < _OLDEST:
            raise SchemaUnusable(f"it is PostgreSQL {first.get_server_version().major}; {_OLDEST} or newer is needed")
        key = await unlocked(first, vault)
        await migrate(first, schema)
        now = await first.fetchval(sql("clock"))
        await make_parts(first, now)
        return None if vault is None or key is None else await begin(first, vault, key, now)
    finally:
        await first.close(timeout=_PATIENCE)


async def _connected(
    url: str, connections: int, settings: dict[str, str], stack: AsyncExitStack
) -> asyncpg.Pool[asyncpg.Record]:
    pool = await asyncpg.create_pool(
        url,
        server_settings=settings,
        min_size=min(2, connections),
        max_size=connections,
        timeout=_PATIENCE,
        command_timeout=4 * _PATIENCE,
        init=prepare,
        reset=leave,
    )
    stack.push_async_callback(pool.close)
    return pool


def _recorder(pool: Pool, names: Names) -> Perform[Submit]:
    async def perform(operations: Sequence[Submit]) -> Sequence[Any]:
        entries = [entry for operation in operations for entry in operation.entries]
        try:
            answers = iter(await record(pool, names, entries))
        except StoreUnavailable as error:
            return [error for _ in operations]
        except (AndonError, KeyGone) as error:
            if len(operations) > 1:  # one of them alone is at fault
                return [(await perform((operation,)))[0] for operation in operations]
            return [error]
        return [[next(answers) for _ in operation.entries] for operation in operations]

    return perform


def _unobserved(rows: int, seconds: float) -> None:
    """Nobody listens."""
