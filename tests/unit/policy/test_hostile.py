"""Files that were made to harm are refused, quickly and with a place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from andon.domain.decision import Route
from andon.policy.source import MAX_BYTES
from tests.unit.policy.policies import NAME, Coin, decision, faults, load, policy, rule, write

pytestmark = pytest.mark.timeout(10)


def test_an_alias_bomb_is_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    (fault,) = faults(tmp_path, bomb="\n".join(lines))
    assert (fault.line, fault.column) == (1, 5)
    assert "aliases" in fault.message


@pytest.mark.parametrize("bracket", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused(tmp_path: Path, bracket: str) -> None:
    (fault,) = faults(tmp_path, deep=bracket * 20_000)
    assert "deeper" in fault.message or "not YAML" in fault.message


def test_deep_but_closed_nesting_is_refused(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, deep="a: " + "[" * 60 + "]" * 60)
    assert "deeper than 32" in fault.message


def test_an_enormous_file_is_refused(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, big="#" * (MAX_BYTES + 1))
    assert "larger than 256 KiB" in fault.message


def test_too_many_values_are_refused(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, many="a: [" + "1," * 30_000 + "]")
    assert "more than 20000 values" in fault.message


def test_too_many_rules_are_refused(tmp_path: Path) -> None:
    found = faults(tmp_path, many=policy(*(rule(f"r{number}", "true") for number in range(257))))
    assert "more than 256 items" in found[0].message


@pytest.mark.parametrize(
    "text",
    [
        "policy: !!python/object/apply:os.system [id]",
        "!!map {a: b}",
        "? [a, b]\n: c",
        "a: b\n---\nc: d",
        "a: \x07",
        "\tpolicy: x",
        "a: b: c",
        "just words",
        "",
        "[]",
    ],
)
def test_what_is_no_policy_is_refused(tmp_path: Path, text: str) -> None:
    assert len(faults(tmp_path, p=text)) == 1


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_bytes(b"policy: p\nqueue: \xff\n")
    (fault,) = faults(tmp_path)
    assert (fault.line, fault.column) == (2, 8)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    assert [fault.message for fault in faults(tmp_path)] == ["is not a regular file"] * 3


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    write(tmp_path, p=policy())
    (tmp_path / "p.yaml").chmod(0)
    assert "can't be read" in faults(tmp_path)[0].message


def test_a_missing_folder_is_a_fault(tmp_path: Path) -> None:
    from andon.policy.faults import PolicyFaults
    from andon.policy.load import load_policies
    from tests.unit.policy.policies import ENVIRONMENT

    with pytest.raises(PolicyFaults, match="can't be read"):
        load_policies(tmp_path / "none", ENVIRONMENT)


@pytest.mark.parametrize("text", ["(" * 2_000 + "true" + ")" * 2_000, "1+" * 1_500 + "1 == 1", "[" * 1_500])
def test_deep_expressions_are_refused(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, p=policy(rule("x", text)))


def test_expressions_have_a_length(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, p=policy(rule("x", "true" + " " * 5_000 + "|| false")))
    assert "longer than 4096" in fault.message


def test_an_expression_can_not_break_out_of_its_place(tmp_path: Path) -> None:
    assert faults(tmp_path, p=policy(rule("x", "true), (false")))
    text = policy('id: x, when: "false // )", route: review, reason: x', rule("y", "true"))
    ruling = load(tmp_path, p=text).evaluate("refund.issue", decision(), NAME, Coin())
    assert [reason.rule for reason in ruling.routing.reasons] == ["y"]


@pytest.mark.parametrize("text", ['r"\\d"', '"\\""', '"""a"b"""', '"//"', "b'\\''"])
def test_a_string_hides_no_field(tmp_path: Path, text: str) -> None:
    """Only the fields that are read are passed on, so that none may be overlooked."""
    condition = f'{text} == {text} && decision.input.x == "secret" && {text} == {text}'.replace("'", "''")
    policies = load(tmp_path, p=policy(rule("x", condition)))
    facts = decision()
    facts.input["x"] = "secret"
    assert policies.evaluate("refund.issue", facts, NAME, Coin()).routing.route is Route.REVIEW


def test_regular_expressions_take_linear_time(tmp_path: Path) -> None:
    policies = load(tmp_path, p=policy(rule("x", 'decision.reasoning.matches("(a+)+$")')))
    facts = decision()
    facts.reasoning = "a" * 16_000 + "b"
    assert policies.evaluate("refund.issue", facts, NAME, Coin()).routing.route is Route.AUTO_APPROVE


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".hidden.yaml").write_text("[", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("[", encoding="utf-8")
    (tmp_path / "p.test.yaml").write_text("[", encoding="utf-8")
    (tmp_path / "q.yml").write_text(policy(rule("x", "true")), encoding="utf-8")
    assert load(tmp_path).policies == ("refunds",)
