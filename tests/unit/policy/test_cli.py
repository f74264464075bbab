"""`andon policy` from the outside."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

import andon
from andon.__main__ import main
from andon.policy.schema import policy_schema
from tests.unit.policy.policies import policy, rule, write

PACKAGED = str(Path(str(andon.__file__)).parent / "policies")
BIG = policy(rule("big", "decision.attributes.amount > 50.0"), head="confidence: {threshold: 0.85}")
Output = pytest.CaptureFixture[str]


def test_check_says_what_is_there(capsys: Output) -> None:
    assert main(["policy", "check", PACKAGED]) == 0
    assert capsys.readouterr().out.startswith("ok: 2 policies, 6 rules, revision ")


def test_check_reports_place_and_advice(tmp_path: Path, capsys: Output) -> None:
    write(tmp_path, refunds=BIG.replace("amount >", "amonut >"))
    assert main(["policy", "check", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        f"{tmp_path}/refunds.yaml:5:42: there is no field `amonut` in Attributes\n  instead: amount\n1 fault\n"
    )


@pytest.mark.parametrize("files", [{}, {"refunds": policy()}])
def test_check_refuses_what_holds_everything(tmp_path: Path, capsys: Output, files: dict[str, str]) -> None:
    write(tmp_path, **files)
    assert main(["policy", "check", str(tmp_path)]) == 1
    assert "1 fault" in capsys.readouterr().err


def test_check_reads_the_tables_too(tmp_path: Path, capsys: Output) -> None:
    write(tmp_path, refunds=BIG)
    (tmp_path / "refunds.test.yaml").write_text("tests: [{name: x}]", encoding="utf-8")
    assert main(["policy", "check", str(tmp_path)]) == 1
    assert "refunds.test.yaml:1:9: `decision` is missing" in capsys.readouterr().err


def test_test_runs_the_tables(tmp_path: Path, capsys: Output) -> None:
    assert main(["policy", "test", PACKAGED]) == 0
    assert "all passed" in capsys.readouterr().out
    write(tmp_path, refunds=BIG)
    table = "tests: [{name: x, decision: {action: refund.issue, confidence: 0}, expect: {route: block}}]"
    (tmp_path / "refunds.test.yaml").write_text(table, encoding="utf-8")
    assert main(["policy", "test", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "FAIL  x (refunds.test.yaml:1)" in out
    assert "route: expected block, got review" in out
    assert "1 test, 1 failed" in out


def test_explain_shows_rules_and_the_nearest_change(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, refunds=BIG)
    facts = json.dumps({"action": "refund.issue", "confidence": 0.9, "attributes": {"amount": 60}})
    monkeypatch.setattr("sys.stdin", io.StringIO(facts))
    assert main(["policy", "explain", str(tmp_path), "-"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("REVIEW  refund.issue, policy refunds")
    assert "because  big: because big [REVIEW]" in out
    assert "nearest change: auto-approved if amount ≤ 50" in out
    assert ", deadline 24h\n" in out or ", deadline 1d\n" in out
    assert "\x1b" not in out


def test_explain_shows_how_many_are_asked_and_what_time_does(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = "quorum: 1 of risk and 1 of legal\ndefaults: {ladder: [{at: 50%, notify: true}], on_deadline: reject}\n"
    write(tmp_path, refunds=BIG.replace("rules:", f"{head}rules:"))
    facts = json.dumps({"action": "refund.issue", "confidence": 0.9, "attributes": {"amount": 60}})
    monkeypatch.setattr("sys.stdin", io.StringIO(facts))
    assert main(["policy", "explain", str(tmp_path), "-"]) == 0
    out = capsys.readouterr().out
    assert "quorum 1 of risk and 1 of legal; blind; 1 more where verdicts differ; then rejected\n" in out
    assert "at 50 %: notify\n" in out
    assert "nobody in time: reject by default\n" in out


@pytest.mark.parametrize("text", ["[", "[]", '{"nope": 1}', '{"confidence": "high"}', "[" * 5_000])
def test_explain_refuses_what_is_no_decision(tmp_path: Path, capsys: Output, text: str) -> None:
    file = tmp_path / "decision.json"
    file.write_text(text, encoding="utf-8")
    assert main(["policy", "explain", PACKAGED, str(file)]) == 1
    assert "not a decision" in capsys.readouterr().err


def test_explain_refuses_a_missing_file(capsys: Output) -> None:
    assert main(["policy", "explain", PACKAGED, "nowhere.json"]) == 1
    assert "nowhere.json" in capsys.readouterr().err


def test_schema_prints_the_schema(capsys: Output) -> None:
    assert main(["policy", "schema"]) == 0
    assert json.loads(capsys.readouterr().out) == policy_schema()


@pytest.mark.parametrize("arguments", [["policy"], ["policy", "check"], ["policy", "nonsense", "x"]])
def test_wrong_usage_is_2(arguments: list[str], capsys: Output) -> None:
    with pytest.raises(SystemExit) as error:
        main(arguments)
    assert error.value.code == 2
    assert "usage" in capsys.readouterr().err
