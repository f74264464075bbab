"""`andon queues` and `andon overrides --interval`, against a server: what they ask, and what they print."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from andon_client import SyncClient, cli
from andon_client.cli.common import UsageError
from andon_client.cli.overrides import _times
from andon_client.cli.times import parse_span
from tests.unit.test_app import Running, running

Andon = Callable[..., Awaitable[int]]
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    """A server with one open task, and the lead's token in the environment."""
    for name in [name for name in os.environ if name.startswith("ANDON_")]:
        monkeypatch.delenv(name)
    async with running(tmp_path) as server:
        monkeypatch.setenv("ANDON_ADDRESS", f"127.0.0.1:{server.app.port}")
        monkeypatch.setenv("ANDON_TOKEN", server.tokens["lead"])
        await server.submit()
        yield server


@pytest.fixture
def andon() -> Andon:
    parser = argparse.ArgumentParser()
    cli.add_parsers(parser.add_subparsers())

    async def run(*arguments: str) -> int:
        options = parser.parse_args(arguments)
        code: int = await options.start(options)
        return code

    return run


async def review(server: Running) -> None:
    """Somebody rejects the one task."""
    async with server.client("reviewer") as client, client.reviewer().stream() as tasks:
        await (await anext(tasks)).reject("no")


def rows(printed: str) -> list[list[str]]:
    return [[cell for cell in line.split("  ") if cell] for line in printed.splitlines()]


@pytest.mark.usefixtures("server")
async def test_queues_are_shown_as_they_stand_and_went(andon: Andon, capsys: pytest.CaptureFixture[str]) -> None:
    assert await andon("queues") == 0
    heads, row = rows(capsys.readouterr().out)
    assert [head.strip() for head in heads] == [
        *("QUEUE", "WAITING", "IN HAND", "OLDEST", "NEXT DEADLINE", "USUAL TIME TO RESOLVE"),
        *("CAME", "ENDED", "ESCALATED", "MEDIAN WAIT", "9 IN 10 WITHIN"),
    ]
    cells = [cell.strip() for cell in row]
    assert (cells[:3], cells[5:]) == (["quick", "1", "0"], ["no history", "1", "0", "0", "-", "-"])
    assert await andon("queues", "--queue", "other") == 0
    assert "quick" not in capsys.readouterr().out


async def test_queues_as_json_have_the_words_of_the_contract(
    server: Running, andon: Andon, capsys: pytest.CaptureFixture[str]
) -> None:
    await review(server)
    assert await andon("queues", "--json") == 0
    (line,) = capsys.readouterr().out.splitlines()
    shown: dict[str, Any] = json.loads(line)
    counts = {name: shown[name] for name in ("queue", "waiting", "leased", "created", "closed", "escalated", "open")}
    assert counts == {
        **{"queue": "quick", "waiting": 0, "leased": 0},
        **{"created": 1, "closed": 1, "escalated": 0, "open": 0},
    }
    assert shown["oldest_create_time"] is None
    assert shown["wait_p50"] >= 0


@pytest.mark.usefixtures("server")
async def test_queues_over_time_are_one_line_a_span(andon: Andon, capsys: pytest.CaptureFixture[str]) -> None:
    assert await andon("queues", "--since", "3h", "--interval", "1h") == 0
    heads, *spans = rows(capsys.readouterr().out)
    assert [head.strip() for head in heads[:4]] == ["QUEUE", "FROM", "OPEN", "CAME"]
    assert [[cell.strip() for cell in row[2:4]] for row in spans] == [["0", "0"], ["0", "0"], ["1", "1"]]
    assert await andon("queues", "--since", "3h", "--interval", "1h", "--json") == 0
    assert len(capsys.readouterr().out.splitlines()) == 3


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    "flags",
    [("--since", "0m"), ("--since", "2099-01-01"), ("--interval", "0m"), ("--interval", "x"), ("--since", "soon")],
)
async def test_times_that_make_no_sense_are_wrong_usage(andon: Andon, flags: tuple[str, ...]) -> None:
    assert await andon("queues", *flags) == 2


async def test_override_rates_over_time(server: Running, andon: Andon, capsys: pytest.CaptureFixture[str]) -> None:
    await review(server)
    assert await andon("overrides", "--interval", "1d") == 0
    heads, row = rows(capsys.readouterr().out)
    assert [head.strip() for head in heads[:4]] == ["ACTION", "FROM", "REVIEWS", "OVERRIDES"]
    assert row[0] == "quick.thing"
    assert row[1].strip().endswith(" 00:00Z")
    assert "100.0%" in row[-2]
    assert await andon("overrides", "--interval", "1d", "--json") == 0
    assert json.loads(capsys.readouterr().out)["start_time"].endswith("T00:00:00Z")
    assert await andon("overrides", "--json") == 0
    assert json.loads(capsys.readouterr().out)["start_time"] is None
    assert await andon("overrides", "--interval", "1s") == 2


def test_without_a_beginning_the_last_thirty_spans_are_counted() -> None:
    options = argparse.Namespace(since=None, until=None, interval="1d")
    assert _times(options, NOW)["since"] == datetime(2026, 10, 24, tzinfo=UTC)
    options.until = "2026-11-01"
    assert _times(options, NOW)["since"] == datetime(2026, 10, 3, tzinfo=UTC)
    options.since = "7d"
    assert _times(options, NOW)["since"] == NOW - timedelta(days=7)
    options.since, options.interval = None, "36000d"
    with pytest.raises(UsageError, match="needs --since"):
        _times(options, NOW)


@pytest.mark.parametrize("text", ["", "0d", "1w", "-1d", "1", "99999999999d", "٣d"])
def test_a_span_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="like 1d"):
        parse_span("--interval", text)


async def test_the_blocking_client_reads_the_same(server: Running) -> None:
    def read() -> tuple[int, int, int]:
        with SyncClient(f"127.0.0.1:{server.app.port}", token=server.tokens["lead"]) as client:
            (queue,) = client.queues()
            since = datetime.now(UTC) - timedelta(hours=2)
            points = client.queue_history(since=since, interval=timedelta(hours=1), queue="quick")
            found = list(client.decisions(action="quick.*", since=since, until=None))
            return queue.waiting, sum(point.created for point in points), len(found)

    assert await asyncio.to_thread(read) == (1, 1, 1)
