"""Reads from the server, through its public doors, what it says of the run."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import urllib.request
from collections import Counter, defaultdict
from contextlib import closing
from itertools import pairwise
from typing import Any, Final

from prometheus_client.parser import text_string_to_metric_families

from andon_client import Client, Decision, Grouping
from credit_demo.books import Books, Listed, Rate
from credit_demo.server import DemoError, Server
from credit_demo.simulation import ACTION
from credit_demo.tokens import AUDITOR

_TIMEOUT: Final = 10.0


async def read_books(server: Server, books: Books) -> None:
    """Fills in the server's part of the books: its lists, rates, metrics, exported samples and ledger."""
    async with Client(server.address, token=server.tokens[AUDITOR]) as client:
        books.listed = [_listed(decision) async for decision in client.decisions(action=ACTION, page_size=1000)]
        books.rates = [
            Rate(rate.rule, rate.reviews, rate.overrides, rate.rate, rate.lower, rate.upper)
            for rate in await client.override_rates(by=Grouping.RULE, action=ACTION)
        ]
    books.metrics = await asyncio.to_thread(_scrape, server.metrics_url)
    books.samples = await _export(server)
    books.ledger, books.chain_faults = await asyncio.to_thread(_ledger, server)


def _listed(decision: Decision) -> Listed:
    resolution, created = decision.resolution, decision.create_time
    ended = resolution.time if resolution else None
    return Listed(
        name=decision.name,
        outcome=str(decision.outcome or ""),
        rules=tuple(reason.rule for reason in decision.reasons),
        span=(ended - created).total_seconds() if ended and created else float("nan"),
    )


def _scrape(url: str) -> dict[str, float]:
    """The sum over all labels of each sample, by its name."""
    with urllib.request.urlopen(url, timeout=_TIMEOUT) as answer:
        text = answer.read().decode()
    sums: defaultdict[str, float] = defaultdict(float)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            sums[sample.name] += sample.value
    return dict(sums)


async def _export(server: Server) -> list[dict[str, Any]]:
    """What `andon export` writes, read back."""
    target = server.folder / "samples.jsonl"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "andon", "export", "--address", server.address, "--token", server.tokens[AUDITOR]),
        *("--output", str(target)),
        stderr=asyncio.subprocess.PIPE,
    )
    _, words = await process.communicate()
    if process.returncode:
        raise DemoError(f"andon export ended with code {process.returncode}: {words.decode(errors='replace').strip()}")
    return [json.loads(line) for line in target.read_text("utf-8").splitlines()]


def _ledger(server: Server) -> tuple[dict[str, int], int]:
    """Entries of the ledger by kind, and how many do not follow the one before; read beside the server that writes."""
    uri = f"{server.database.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=_TIMEOUT)) as connection:
        entries = connection.execute("SELECT sequence, kind, previous, hash FROM ledger ORDER BY sequence").fetchall()
    broken = sum(later[0] != earlier[0] + 1 or later[2] != earlier[3] for earlier, later in pairwise(entries))
    return dict(Counter(kind for _, kind, _, _ in entries)), broken
