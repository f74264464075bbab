"""The benchmark's arithmetic, and that one row can be measured at all. No test looks at a time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench import handout, messages
from tests.bench.bench import Bench
from tests.bench.command import main, measure
from tests.bench.figures import Ratio, in_parts, micro, paired, quantile
from tests.bench.harness import BenchError
from tests.bench.load import read_h2load
from tests.bench.release import on_top
from tests.bench.report import PEERS, Row, document, table
from tests.bench.sizes import TINY
from tests.postgres import WHY_NOT, binaries

H2LOAD = """
finished in 735.30ms, 1359.99 req/s, 1.10MB/s
requests: 1000 total, 1000 started, 1000 done, {good} succeeded, {bad} failed, 0 errored, 0 timeout
"""
ROW = Row("submit", "Submit", "at most 1.5 ×", "3 against 2", "one by the other", Ratio(1.5, 1.25, 2.0), True)


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1.0), (0.5, 50.0), (0.501, 51.0), (0.99, 99.0), (0.999, 100.0), (1.0, 100.0)]
)
def test_a_quantile_is_a_value_that_was_measured(share: float, expected: float) -> None:
    assert quantile([float(each) for each in range(100, 0, -1)], share) == expected


def test_no_values_have_no_quantile() -> None:
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)


def test_pairs_are_compared_round_by_round() -> None:
    assert paired([2.0, 30.0, 3.0], [1.0, 10.0, 2.0]) == Ratio(2.0, 1.5, 3.0)


@pytest.mark.parametrize(("count", "parts"), [(10, 5), (11, 5), (3, 5), (1, 5)])
def test_a_series_is_cut_into_equal_parts(count: int, parts: int) -> None:
    cut = in_parts(list(map(float, range(count))), parts)
    assert len(cut) == min(count, parts)
    assert len({len(part) for part in cut}) == 1
    assert [*cut[0]] == list(range(len(cut[0])))


def test_the_commits_in_a_path_are_taken_off_before_it_is_compared() -> None:
    assert on_top([10.0, 11.0, 90.0], [3.0, 3.0, 3.0], [2.0, 2.5, 2.0]) == 4.0


@pytest.mark.parametrize(("seconds", "text"), [(0.0003214, "321 µs"), (0.00999, "9990 µs"), (0.0123, "12.3 ms")])
def test_times_are_written_in_the_unit_that_fits(seconds: float, text: str) -> None:
    assert micro(seconds) == text


def test_what_h2load_says_is_read() -> None:
    assert read_h2load(H2LOAD.format(good=1000, bad=0), 1000) == pytest.approx(0.7353)


@pytest.mark.parametrize("said", ["", H2LOAD.format(good=999, bad=1)])
def test_a_load_that_was_not_answered_whole_is_no_measurement(said: str) -> None:
    with pytest.raises(BenchError):
        read_h2load(said, 1000)


def test_the_table_says_what_was_measured_and_what_was_not() -> None:
    text = table([ROW, PEERS])
    assert "1.50 × (1.25–2.00)" in text
    assert "not measured here" in text
    assert "submit: one by the other" in text


def test_the_document_holds_every_figure() -> None:
    read = json.loads(json.dumps(document([ROW], {"date": "2026-08-01"})))
    assert read["date"] == "2026-08-01"
    assert read["rows"][0]["ratio"] == {"value": 1.5, "low": 1.25, "high": 2.0}


async def test_a_row_that_fails_does_not_end_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_bench: Bench) -> list[Row]:
        raise BenchError("no kernel")

    async def sound(_bench: Bench) -> list[Row]:
        return [ROW]

    monkeypatch.setattr("tests.bench.command.ROWS", {"broken": broken, "sound": sound})
    rows, failures = await measure(Bench(tmp_path, "asyncio", TINY), ["broken", "sound"])
    assert (rows, failures) == ([ROW], {"broken": "no kernel"})


def test_a_run_writes_the_table_and_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--tiny", "--only", "routing", "--loop", "asyncio"]
    assert main([*words, "--folder", str(tmp_path), "--json", str(tmp_path / "bench.json")]) == 0
    written = json.loads((tmp_path / "bench.json").read_text())
    assert written["failures"] == {}
    assert [row["key"] for row in written["rows"]] == ["routing", "peers"]
    assert set(written) >= {"date", "machine", "versions", "load_generator"}
    assert "routing alone, 20 rules" in capsys.readouterr().out


def test_a_body_for_the_load_is_a_decision_of_the_usual_size() -> None:
    assert 300 < len(messages.submit(messages.PASSES)) < 1_000


@pytest.mark.parametrize("key", ["handout", "pg-handout"])
async def test_long_queues_are_made_by_the_database_and_handed_out_in_order(tmp_path: Path, key: str) -> None:
    if key == "pg-handout" and binaries() is None:
        pytest.skip(WHY_NOT)
    rows, failures = await measure(Bench(tmp_path, "asyncio", TINY), [key])
    assert failures == {}
    assert set(rows[0].raw) == {"100", "300"}
    assert f"300 tasks against {100:,}" in rows[0].what


async def test_what_is_handed_out_in_another_order_is_no_measurement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handout, "_FIRST", "SELECT id FROM task ORDER BY id LIMIT {limit}")
    _, failures = await measure(Bench(tmp_path, "asyncio", TINY), ["handout"])
    assert "not in their order" in failures["handout"]
