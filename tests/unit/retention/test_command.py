"""`andon retention` on the command line."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from andon.__main__ import main
from andon.config import PACKAGED_POLICIES
from andon.domain.months import Month
from andon.store.postgres import open_postgres
from tests.postgres import Databases
from tests.store.retention.retiring import exported_ids, held, passed

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


async def _fill(url: str, months: int) -> None:
    store = await open_postgres(url)
    month = LONG_AGO
    for number in range(months):
        await passed(store, month, 10 * number + 1)
        await passed(store, month, 10 * number + 2, "payment.out")
        await held(store, month, 10 * number + 3, "tag.add")
        await passed(store, month, 10 * number + 4, "tag.set")
        month = month.next
    await store.close()


def run(url: str, policies: Path, export: Path, *more: str) -> int:
    """Runs the command."""
    places = ("--store", url, "--policies", str(policies), "--export", str(export))
    return main(["retention", *places, "--older-than", "400d", *more])


def test_each_month_is_told_in_a_line(
    databases: Databases, policies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, export = databases.clean(), tmp_path / "deep" / "export"
    asyncio.run(_fill(url, 2))
    keep = ("--keep", "tag.set")
    assert run(url, policies, export, *keep, "--dry-run") == 0
    stay = "3 stay (1 not ended, payment.out, tag.set)"
    assert capsys.readouterr().out.splitlines() == [
        f"{month}  would retire 1; {stay}" for month in ("2015-03", "2015-04")
    ]
    assert not export.exists()
    assert run(url, policies, export, *keep) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{month}  retired 1 into decisions-{month}.jsonl.gz; {stay}" for month in ("2015-03", "2015-04")
    ]
    assert (len(exported_ids(export)), export.stat().st_mode & 0o777) == (2, 0o700)
    assert run(url, policies, export, *keep) == 0
    assert capsys.readouterr().out.splitlines()[0] == f"2015-03  nothing to retire; {stay}"


def test_what_stays_is_still_told_when_nothing_goes(
    databases: Databases, policies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(databases.clean(), policies, tmp_path) == 0
    assert capsys.readouterr().out == ""


def refusal(capsys: pytest.CaptureFixture[str], *arguments: Any) -> str:
    """What a command says that is refused."""
    given = ("--older-than", "400d", *map(str, arguments))
    assert main(["retention", *given]) == 1
    return capsys.readouterr().err


def test_a_file_of_sqlite_is_refused_in_words(
    policies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refusal(capsys, "--export", tmp_path, "--store", tmp_path / "andon.db", "--policies", policies)
    assert "works on PostgreSQL alone" in said
    assert not (tmp_path / "andon.db").exists()


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
