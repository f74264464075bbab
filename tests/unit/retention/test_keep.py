"""Which actions stay: by name, and by the policy that governs them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from andon.domain.clock import DAY
from andon.domain.months import Month
from andon.policy.faults import PolicyFaults
from andon.policy.load import load_policies
from andon.policy.model import FOREVER
from andon.retention.keep import Keep, fits, spans_of
from andon.rpc.facts import decision_environment

MONTH = Month(2025, 3)
NOW = MONTH.end + 100 * DAY
POLICY = """
policy: {name}
actions: [{actions}]
{keep}
confidence: {{threshold: 0.5}}
"""


def spans(folder: Path, **policies: tuple[str, str]) -> Callable[[str], int | None]:
    """What policies, each with its actions and its `keep`, say to keep."""
    for name, (actions, keep) in policies.items():
        line = f"keep: {keep}" if keep else ""
        (folder / f"{name}.yaml").write_text(POLICY.format(name=name, actions=actions, keep=line), encoding="utf-8")
    return spans_of(load_policies(folder, decision_environment()))


@pytest.mark.parametrize(
    ("pattern", "kept"),
    [
        ("pay.out", ["pay.out"]),
        ("pay.*", ["pay.out", "pay.out.now"]),
        ("*", ["pay", "pay.out", "pay.out.now", "payment.in"]),
        ("pay", ["pay"]),
        ("pa.*", []),
    ],
)
def test_a_pattern_keeps_what_it_names(pattern: str, kept: list[str]) -> None:
    actions = ["pay", "pay.out", "pay.out.now", "payment.in"]
    assert [action for action in actions if fits(pattern, action)] == kept
    assert Keep([pattern], lambda _: None).among(actions, MONTH, NOW) == kept


def test_a_policy_keeps_what_it_governs_and_the_most_specific_decides(tmp_path: Path) -> None:
    span_of = spans(tmp_path, all=('"*"', "forever"), pay=('"pay.*"', "2555d"), test=('"pay.test"', ""))
    assert [span_of(each) for each in ("tag.add", "pay.out", "pay.test")] == [FOREVER, 2555 * DAY, None]


def test_what_nothing_governs_is_not_kept(tmp_path: Path) -> None:
    assert spans(tmp_path, pay=('"pay.*"', "forever"))("tag.add") is None


@pytest.mark.parametrize(("days", "kept"), [(100, []), (101, ["pay.out"])])
def test_a_month_is_kept_until_its_last_moment_is_old_enough(days: int, kept: list[str]) -> None:
    assert Keep([], lambda _: days * DAY).among(["pay.out"], MONTH, NOW) == kept


@pytest.mark.parametrize("keep", ["12h", "0d", "always", "2555", "100000d"])
def test_a_time_to_keep_is_days_or_forever(tmp_path: Path, keep: str) -> None:
    with pytest.raises(PolicyFaults) as raised:
        spans(tmp_path, pay=("pay.out", f'"{keep}"'))
    (fault,) = raised.value.faults
    assert f"`{keep}` is no time to keep anything" in fault.message
    assert "forever" in fault.advice
