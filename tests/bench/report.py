"""What comes out: the table for people, bench.json for machines."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from tests.bench.figures import Ratio

_PACKAGES: Final = ("andon", "grpcio", "protobuf", "cel-expr-python", "aiosqlite", "uvloop")
_HEAD: Final = ("row", "what", "target", "measured", "ratio (spread)", "within")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `how` says what was divided by what; `raw` holds every figure behind it.

    `within` says whether the target holds; None where nothing can be said.
    """

    key: str
    what: str
    target: str
    measured: str
    how: str
    ratio: Ratio | None = None
    within: bool | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


# What others need for the same job, as the design publishes it; those products can't be run from here.
PEERS: Final = Row(
    key="peers",
    what="the same job on the peers one would pick instead",
    target="≥ 20 × less CPU; release within ms; no stall at 16 reviewers",
    measured="not measured here",
    how=(
        "Published figures of the design, not measured here: CPU per submit awaithumans 13–17 ms, Label Studio "
        "46–52 ms, Impri over 300 ms; release after the verdict 0.5 s to 5 s; awaithumans stalls at 16 reviewers at "
        "once. Ours stand in the rows submit-cpu, release and reviewers."
    ),
    raw={"published_cpu_ms": {"awaithumans": [13, 17], "label-studio": [46, 52], "impri": [300, None]}},
)


def describe(loop: str, load: str, sizes: str) -> dict[str, Any]:
    """Where and with what a run was made."""
    versions = {name: found for name in _PACKAGES if (found := _version(name))}
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "sizes": sizes,
        "event_loop": loop,
        "load_generator": load,
        "machine": {"system": platform.platform(), "processor": _processor(), "cores": os.cpu_count()},
        "load_average": os.getloadavg(),
        "versions": {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version, **versions},
    }


def table(rows: Sequence[Row]) -> str:
    """The rows as aligned text, and below how each was computed."""
    lines = [_HEAD, *map(_cells, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    text.insert(1, "  ".join("-" * width for width in widths))
    notes = [textwrap.fill(f"{row.key}: {row.how}", 118, subsequent_indent="  ") for row in rows if row.how]
    return "\n".join([*text, "", *notes])


def document(rows: Sequence[Row], about: Mapping[str, Any]) -> dict[str, Any]:
    """The whole run as JSON holds it."""
    return {**about, "rows": [asdict(row) for row in rows]}


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Writes bench.json."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")


def say(text: str) -> None:
    """What goes on, on stderr, so that stdout holds the table alone."""
    print(text, file=sys.stderr, flush=True)


def _cells(row: Row) -> tuple[str, ...]:
    within = {True: "yes", False: "NO", None: "–"}[row.within]
    return (row.key, row.what, row.target, row.measured, str(row.ratio or "–"), within)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
