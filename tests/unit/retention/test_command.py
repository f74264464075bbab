"""`andon retention` on the command line."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from andon.__main__ import main
from andon.config import PACKAGED_POLICIES
from andon.domain.canonical import JsonObject
from andon.domain.months import Month
from andon.engines import open_store
from andon.store.sqlite import open_sqlite
from andon.store.values import Admission
from tests.store.engines import ENGINES, Engine, PostgresEngine, SqliteEngine
from tests.store.retention.retiring import Place, exported_ids, held, passed, passing
from tests.store.retention.test_holds import placed

LONG_AGO = Month(2015, 3)
KEEPING = """
policy: payments
actions: ["payment.*"]
keep: forever
confidence: {threshold: 0.5}
"""


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of the machine's own settings."""
    for name in [name for name in os.environ if name.startswith("ANDON_") and name != "ANDON_POSTGRES_BIN"]:
        monkeypatch.delenv(name)


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A folder of policies that keep payments."""
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "payments.yaml").write_text(KEEPING, encoding="utf-8")
    return folder


@pytest.fixture(params=ENGINES)
def where(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty store of each engine, as the setting says it."""
    with ENGINES[request.param](request) as engine:
        asyncio.run(_started(engine))
        yield str(Place(engine).where)


async def _started(engine: Engine) -> None:
    await (await engine.open()).close()


async def _fill(where: str, months: int) -> None:
    store = await open_store(where if where.startswith("postgres") else Path(where))
    month = LONG_AGO
    for number in range(months):
        await passed(store, month, 10 * number + 1)
        await passed(store, month, 10 * number + 2, "payment.out")
        await held(store, month, 10 * number + 3, "tag.add")
        await passed(store, month, 10 * number + 4, "tag.set")
        month = month.next
    await store.close()


def run(where: str, policies: Path, export: Path, *more: str) -> int:
    """Runs the command."""
    places = ("--store", where, "--policies", str(policies), "--export", str(export))
    return main(["retention", *places, "--older-than", "400d", *more])


def test_each_month_is_told_in_a_line(
    where: str, policies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "deep" / "export"
    asyncio.run(_fill(where, 2))
    keep = ("--keep", "tag.set")
    assert run(where, policies, export, *keep, "--dry-run") == 0
    stay = "3 stay (1 not ended, payment.out, tag.set)"
    assert capsys.readouterr().out.splitlines() == [
        f"{month}  would retire 1; {stay}" for month in ("2015-03", "2015-04")
    ]
    assert not export.exists()
    assert run(where, policies, export, *keep) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{month}  retired 1 into decisions-{month}.jsonl.gz; {stay}" for month in ("2015-03", "2015-04")
    ]
    assert (len(exported_ids(export)), export.stat().st_mode & 0o777) == (2, 0o700)
    assert run(where, policies, export, *keep) == 0
    assert capsys.readouterr().out.splitlines()[0] == f"2015-03  nothing to retire; {stay}"


def test_what_stays_is_still_told_when_nothing_goes(
    where: str, policies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(where, policies, tmp_path) == 0
    assert capsys.readouterr().out == ""


def refusal(capsys: pytest.CaptureFixture[str], *arguments: Any) -> str:
    """What a command says that is refused."""
    given = ("--older-than", "400d", *map(str, arguments))
    assert main(["retention", *given]) == 1
    return capsys.readouterr().err


async def test_the_file_of_a_server_that_runs_is_refused_in_words(
    policies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = await open_sqlite(tmp_path / "andon.db")
    at = ("--export", tmp_path, "--store", tmp_path / "andon.db", "--policies", policies)
    said = await asyncio.to_thread(refusal, capsys, *at)
    await store.close()
    assert "a server has it open" in said
    assert "stop it" in said


def test_a_file_that_is_not_there_is_not_made(
    policies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refusal(capsys, "--export", tmp_path, "--store", tmp_path / "andon.db", "--policies", policies)
    assert "no such file" in said
    assert not (tmp_path / "andon.db").exists()


def test_what_a_hold_keeps_is_told(
    where: str, policies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(_fill(where, 1))
    asyncio.run(_hold(where, "refund.*"))
    assert run(where, policies, tmp_path / "export") == 0
    told = capsys.readouterr().out.splitlines()[0]
    assert told == (
        "2015-03  retired 1 into decisions-2015-03.jsonl.gz; 3 stay (1 not ended, 1 under a legal hold, payment.out)"
    )


async def _hold(where: str, action: str) -> None:
    engine = PostgresEngine(where) if where.startswith("postgres") else SqliteEngine(Path(where).parent)
    await placed(Place(engine), action=action)


def test_room_that_was_given_back_is_told(policies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "andon.db"
    asyncio.run(_large(path))
    assert run(str(path), policies, tmp_path / "export") == 0
    retired, room = capsys.readouterr().out.splitlines()
    assert retired.startswith("2015-03  retired 100 into")
    assert re.fullmatch(r"gave [0-9,]{7,} bytes back to the disk", room)
    assert run(str(path), policies, tmp_path / "export") == 0
    assert capsys.readouterr().out == ""


async def _large(path: Path) -> None:
    store = await open_sqlite(path)
    decisions = [passing(LONG_AGO, number) for number in range(100)]
    text: JsonObject = {"text": "x" * 40_000}
    await store.submit([Admission(replace(one, proposal=replace(one.proposal, input=text))) for one in decisions])
    await store.close()


def test_the_policies_must_be_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(capsys, "--export", tmp_path, "--store", "postgres://127.0.0.1:1/x")
    assert "--policies" in said


def test_broken_policies_are_refused(policies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (policies / "payments.yaml").write_text("policy: [", encoding="utf-8")
    said = refusal(capsys, "--export", tmp_path, "--store", "postgres://127.0.0.1:1/x", "--policies", policies)
    assert "payments.yaml" in said


def test_a_database_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = "postgres://andon:geheim@127.0.0.1:1/x"
    said = refusal(capsys, "--export", tmp_path, "--store", place, "--policies", PACKAGED_POLICIES)
    assert "127.0.0.1" in said
    assert "geheim" not in said


@pytest.mark.parametrize(
    "arguments",
    [["--older-than", "29d"], ["--older-than", "soon"], ["--keep", "Pay.*", "--older-than", "400d"], ["--keep", "a"]],
)
def test_wrong_usage_is_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["retention", "--export", "x", *arguments])
    assert raised.value.code == 2
    assert ("--keep" if "Pay.*" in arguments else "--older-than") in capsys.readouterr().err
