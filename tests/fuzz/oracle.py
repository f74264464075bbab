"""What must hold whatever is sent: no fault of ours, nothing told that is ours alone, everything counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from andon.store.ledger import first_fault
from tests.fuzz.doors import Told
from tests.golden.harness import ALL, Server

NEVER: Final = frozenset({"INTERNAL", "UNKNOWN", "DATA_LOSS", "HTTP hung up", "HTTP 500", "HTTP 502"})
# What is refused before it is a call of any protocol is counted all the same.
_UNSAID: Final = {"HTTP 405": "METHOD_UNKNOWN", "HTTP 415": "METHOD_UNKNOWN"}
UNEXPLAINED: Final = frozenset({"OK", "CANCELLED", "DEADLINE_EXCEEDED"})
FAULTS: Final = frozenset({"error", "critical"})
# A trace, a class, a driver, a statement, a file: words that no fuzzed text has.
_OURS: Final = re.compile(
    rb"Traceback|\.py\b|<class '|<andon|object at 0x|NoneType|site-packages|sqlite3?\b|asyncpg|UNIQUE constraint|"
    rb"\b(?:INSERT INTO|SELECT \w|UPDATE \w+ SET)|/usr/|/tmp/|/dev/shm/|/home/|"
    rb"\w+Error:|Exception\b|errno|granian|connectrpc"
)


def wrong_with(told: Told) -> str:
    """Why this answer must not be; empty where it may."""
    if told.code in NEVER:
        return f"{told.code}: {told.text[:300]!r}"
    if not told.reason and told.code not in UNEXPLAINED and not told.code.startswith(("HTTP", "GRPC")):
        return f"{told.code} without a reason: {told.text[:300]!r}"
    found = _OURS.search(told.text)
    return f"tells {found[0]!r}: {told.text[:300]!r}" if found else ""


def refusals(server: Server) -> Mapping[str, float]:
    """How many refusals are counted, by reason."""
    counted: Counter[str] = Counter()
    for metric in server.app.metrics.registry.restricted_registry(["andon_refusals_total"]).collect():
        for sample in metric.samples:
            if sample.name == "andon_refusals_total":
                counted[sample.labels["reason"]] += int(sample.value)
    return counted


def uncounted(before: Mapping[str, float], after: Mapping[str, float], answers: Iterable[Told]) -> Mapping[str, float]:
    """The reasons that callers were told more often than they were counted."""
    told = Counter(answer.reason or _UNSAID.get(answer.code, "") for answer in answers)
    del told[""]
    return {reason: number for reason, number in told.items() if after.get(reason, 0) - before.get(reason, 0) < number}


def faults_in(lines: Iterable[Any]) -> list[Any]:
    """The lines of a log that tell of a fault of ours."""
    return [line for line in lines if line["log_level"] in FAULTS or "exc_info" in line]


async def check_whole(server: Server) -> None:
    """The ledger's chain holds from its first entry to its last, and the server is there for whoever comes next."""
    entries = await server.app.context.store.ledger(0, 10 * ALL)
    assert first_fault(entries) is None, first_fault(entries)
    assert server.app.ready
