"""Imports run one way, as ARCHITECTURE.md draws them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from typing import Final

import pytest

from tests.arch import sources

INNER: Final = (
    "domain",
    "policy",
    "store.port",
    "store.values",
    "store.outbox",
    "store.evidence",
    "store.proofs",
    "store.privacy",
    "keys.signer",
)
STORING: Final = (
    "domain",
    "store.port",
    "store.values",
    "store.outbox",
    "store.evidence",
    "store.proofs",
    "store.privacy",
    "store.report",
)
TOOLS: Final = ("retention", "store.archive", "engines")
SERVING: Final = (*INNER, "usecases", "telemetry", "auth", "keys", "units", "files", "tls")
# What each part of `andon` may import of the others, beside itself. The longest name that fits a module decides.
MAY_IMPORT: Final[dict[str, tuple[str, ...]]] = {
    "": (),
    "domain": (),
    "units": ("domain",),
    "files": (),
    "tls": ("domain", "files"),
    "derived": ("config", "domain", "store", "tls", "usecases", "vault", "web"),
    "vault": ("store",),
    "config": ("domain", "units"),
    "policy": ("domain",),
    "store": (
        "domain",
        "store.port",
        "store.values",
        "store.outbox",
        "store.evidence",
        "store.proofs",
        "store.privacy",
        "store.report",
    ),
    "store.archive": ("domain",),
    "store.evidence": ("domain",),
    "store.outbox": ("domain",),
    "store.own": ("domain", "store.values"),
    "store.privacy": ("domain",),
    "store.proofs": ("domain", "store.values"),
    "store.port": (
        "domain",
        "store.outbox",
        "store.own",
        "store.evidence",
        "store.proofs",
        "store.privacy",
        "store.values",
    ),
    "store.values": ("domain",),
    "store.report": (),
    "store.sqlite": (
        "domain",
        "store",
        "store.archive",
        "store.port",
        "store.values",
        "store.outbox",
        "store.evidence",
        "store.proofs",
        "store.privacy",
        "store.report",
    ),
    "store.postgres": (*STORING, "store", "store.archive"),
    "keys": ("domain", "files", "keys.signer"),
    "keys.signer": ("domain",),
    "usecases": INNER,
    "telemetry": (*INNER, "usecases", "units"),
    "auth": (*INNER, "usecases", "telemetry", "units", "files"),
    "notify": (*INNER, "telemetry", "units", "files"),
    "workers": (*SERVING, "notify"),
    "rpc": SERVING,
    "web": (*SERVING, "rpc"),
    "retention": ("domain", "policy", "store.archive"),
    "engines": ("store", "store.archive", "store.port", "store.values", "store.sqlite", "store.postgres"),
    "app": (*SERVING, "config", "derived", "engines", "store", "notify", "workers", "rpc", "web"),
    "cli": (
        *SERVING,
        *TOOLS,
        "config",
        "derived",
        "vault",
        "store",
        "store.sqlite",
        "notify",
        "workers",
        "rpc",
        "web",
        "app",
    ),
    "__main__": ("cli", "app", "config"),
}
# Parts that import the standard library alone.
BARE: Final = frozenset(
    {"", "domain", "store", "store.port", "store.values", "store.outbox", "store.evidence", "store.archive", "units"}
    | {"store.own", "store.privacy", "store.proofs"}
)
# Packages that are known to some parts only. The longest name that fits an import decides.
KNOWN_TO: Final[dict[str, tuple[str, ...]]] = {
    "aiosqlite": ("store.sqlite",),
    "sqlite3": ("store.sqlite",),
    "asyncpg": ("store.postgres",),
    "psycopg": ("store.postgres",),
    "psycopg_pool": ("store.postgres",),
    "andon_client": ("rpc", "web", "cli"),
    "andon_client._gen": ("rpc", "web"),
    "grpc": ("rpc", "web", "app", "cli"),
    "grpc_health": ("rpc", "web", "app", "cli"),
    "grpc_reflection": ("rpc", "web", "app"),
    "google": ("policy", "rpc", "web", "cli"),
    "cel_expr_python": ("policy",),
    "connectrpc": ("web",),
    "granian": ("web",),
    "protobuf": ("web",),
    "apprise": ("notify",),
    "cryptography": ("auth", "keys", "tls", "vault"),
    "jwt": ("auth",),
    "pyqwest": ("notify", "auth"),
    "standardwebhooks": ("notify",),
    "prometheus_client": ("telemetry", "web", "app"),
}
# A stopwatch measures for a metric and decides nothing; a monotonic clock may time a call at the edge.
NO_STOPWATCH: Final = ("domain", "policy", "store.port", "store.values")
MONOTONIC: Final = ("telemetry", "rpc", "web")
CALENDAR: Final = frozenset(
    {"time.time", "time.time_ns", "time.gmtime", "time.localtime", "datetime.now", "datetime.utcnow"}
    | {"datetime.today", "date.today", "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today"}
)
# What asks a database for its time, to tell how far two servers' clocks are apart.
CLOCK_OF_DATABASE: Final = "server/andon/store/postgres/queries/clock.sql"
STOPWATCHES: Final = frozenset({"time.perf_counter", "time.perf_counter_ns"})
MONOTONICS: Final = frozenset({"time.monotonic", "time.monotonic_ns"})


def module(name: str) -> str:
    """`andon.store.port` for `server/andon/store/port.py`."""
    return name.removeprefix("server/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def longest(name: str, table: dict[str, tuple[str, ...]]) -> str | None:
    """The longest key of `table` that is `name` or one of its parents."""
    parts = name.split(".")
    fits = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((key for key in fits if key in table), None)


def part(name: str) -> str | None:
    """The part of the server a module belongs to; None where the layout knows none."""
    inside = name.removeprefix("andon").removeprefix(".")
    return longest(inside, MAY_IMPORT) if inside else ""


def imports(name: str, text: str, package: bool = False) -> Iterator[tuple[int, str]]:
    """Line and full name of everything a module imports, at any depth of its code."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = name.split(".")
            home = parents[: len(parents) - node.level + package] if node.level else []
            source = ".".join([*home, *filter(None, [node.module])])
            yield from ((node.lineno, f"{source}.{alias.name}") for alias in node.names)


def fault(importer: str, imported: str) -> str:
    """Why this import is not allowed; empty if it is."""
    ours = part(importer)
    if ours is None:
        return f"{importer} has no place in the layout"
    if imported == "andon" or imported.startswith("andon."):
        theirs = part(imported)
        allowed = theirs in (ours, "") or theirs in MAY_IMPORT[ours]
        return "" if allowed else f"{ours} may not import {theirs}"
    if ours in BARE and imported.partition(".")[0] not in sys.stdlib_module_names:
        return f"{ours} imports the standard library alone"
    known = longest(imported, KNOWN_TO)
    return "" if known is None or ours in KNOWN_TO[known] else f"{ours} may not know {known}"


def clock_readings(name: str, text: str) -> Iterator[str]:
    """Places where a module reads time by itself."""
    if name == "andon.domain.clock":
        return
    forbidden = CALENDAR | (STOPWATCHES if part(name) in NO_STOPWATCH else frozenset())
    forbidden |= frozenset() if part(name) in MONOTONIC else MONOTONICS
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and sources.dotted(node) in forbidden:
            yield f"line {node.lineno}: {sources.dotted(node)}"
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from (f"line {node.lineno}: {it.name}" for it in node.names if f"time.{it.name}" in forbidden)


def server() -> Iterator[tuple[str, str]]:
    """Names and texts of the server's modules."""
    return sources.python("server/andon/")


def test_imports_run_one_way() -> None:
    faults = []
    for name, text in server():
        for line, imported in imports(module(name), text, name.endswith("/__init__.py")):
            if why := fault(module(name), imported):
                faults.append(f"{name}:{line}: {why} ({imported})")
    assert not faults, "\n".join(faults)


def test_only_the_clock_reads_time() -> None:
    faults = [f"{name}: {where}" for name, text in server() for where in clock_readings(module(name), text)]
    assert not faults, "\n".join(faults)


def test_sql_gets_its_time_as_a_parameter() -> None:
    words = ("current_timestamp", "current_time", "current_date", "unixepoch(", "now()", "'now'", "clock_timestamp(")
    faults = [
        f"{name}: {word}"
        for name, text in sources.texts()
        if name.endswith(".sql") and name != CLOCK_OF_DATABASE
        for word in words
        if word in text.lower()
    ]
    assert not faults, "\n".join(faults)


def test_the_domain_never_awaits() -> None:
    waiting = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    faults = [
        f"{name}:{node.lineno}"
        for name, text in sources.python("server/andon/domain/")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, waiting)
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("andon.domain.task", "andon.policy.api.Ruling"),
        ("andon.domain.task", "yaml"),
        ("andon.policy.compile", "andon.store.port.Store"),
        ("andon.policy.compile", "andon_client._gen.andon.v1.decision_pb2"),
        ("andon.store.port", "aiosqlite"),
        ("andon.store.codec", "asyncpg"),
        ("andon.store.groups", "andon.store.postgres.pool"),
        ("andon.store.sqlite.store", "asyncpg"),
        ("andon.store.postgres.pool", "aiosqlite"),
        ("andon.store.postgres.pool", "andon.store.sqlite.errors"),
        ("andon.engines", "asyncpg"),
        ("andon.app", "asyncpg"),
        ("andon.app", "andon.store.sqlite.store"),
        ("andon.store.port", "andon.store.report"),
        ("andon.store.sqlite.store", "andon.usecases.submit"),
        ("andon.usecases.submit", "andon.store.sqlite.store"),
        ("andon.usecases.submit", "andon.telemetry.metrics"),
        ("andon.usecases.submit", "grpc.aio"),
        ("andon.workers.expire", "andon.rpc.server"),
        ("andon.rpc.decisions", "andon.app"),
        ("andon.rpc.decisions", "andon.config"),
        ("andon.telemetry.metrics", "andon.rpc.server"),
        ("andon.config", "andon.app"),
        ("andon.cli.serve", "andon_client._gen.andon.v1.decision_pb2"),
        ("andon.elsewhere", "json"),
    ],
)
def test_a_wrong_import_is_found(importer: str, imported: str) -> None:
    assert fault(importer, imported)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("andon.domain.task", "andon.domain.clock.SECOND"),
        ("andon.domain.task", "enum.Enum"),
        ("andon.policy.compile", "cel_expr_python.cel"),
        ("andon.store.sqlite.store", "aiosqlite"),
        ("andon.store.postgres.pool", "asyncpg"),
        ("andon.store.postgres.store", "andon.store.codec.job"),
        ("andon.engines", "andon.store.postgres.open_postgres"),
        ("andon.usecases.submit", "andon.policy.api.Ruling"),
        ("andon.rpc.decisions", "andon_client._gen.andon.v1.decision_pb2"),
        ("andon.workers.expire", "andon.telemetry.logs"),
        ("andon.store.report", "structlog"),
        ("andon.app", "andon.engines.open_store"),
        ("andon.__main__", "andon.cli.main"),
    ],
)
def test_a_right_import_passes(importer: str, imported: str) -> None:
    assert not fault(importer, imported)


@pytest.mark.parametrize(
    ("text", "package", "expected"),
    [
        ("from . import port", True, "andon.store.port"),
        ("from . import port", False, "andon.port"),
        ("from .port import Store", True, "andon.store.port.Store"),
        ("from ..domain import task", True, "andon.domain.task"),
        ("def f():\n    import grpc.aio", False, "grpc.aio"),
    ],
)
def test_every_form_of_import_is_read(text: str, package: bool, expected: str) -> None:
    assert [name for _, name in imports("andon.store", text, package)] == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "import time\ntime.time()",
        "from time import time_ns",
        "import datetime\ndatetime.datetime.now()",
        "date.today()",
    ],
)
def test_a_reading_of_time_is_found(text: str) -> None:
    assert list(clock_readings("andon.rpc.decisions", text))
    assert not list(clock_readings("andon.domain.clock", text))


@pytest.mark.parametrize(
    ("name", "watch", "allowed"),
    [
        ("andon.domain.task", "perf_counter", False),
        ("andon.usecases.submit", "perf_counter", True),
        ("andon.usecases.submit", "monotonic", False),
        ("andon.rpc.pipeline", "monotonic", True),
    ],
)
def test_a_stopwatch_has_its_places(name: str, watch: str, allowed: bool) -> None:
    assert bool(list(clock_readings(name, f"import time\ntime.{watch}()"))) is not allowed
