"""The section `conflicts`: what is wrong with one, and whom it keeps away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from andon.domain.conflict import SAME_GROUP, Conflict
from andon.domain.principal import Principal, Role
from andon.policy.load import CompiledSet
from andon.rpc.facts import recorded_facts
from tests.builders import make_decision, make_proposal
from tests.unit.policy.policies import faults, load, policy, rule

RULE = rule("all", "true")


def reviewer(name: str = "rita", *groups: str) -> Principal:
    return Principal(name, frozenset({Role.REVIEWER}), frozenset({"law"}), frozenset({"*"}), frozenset(groups))


def section(*exclusions: str, more: str = "") -> str:
    """A policy with the section; each exclusion is a condition."""
    listed = "".join(
        f"    - {{id: x{number}, when: {when!r}, reason: because of x{number}}}\n"
        for number, when in enumerate(exclusions)
    )
    head = f"attributes: {{team: string, level: int}}\nconflicts:\n{more}"
    return policy(RULE, head=head + (f"  exclude:\n{listed}" if listed else ""))


def found(policies: CompiledSet, who: Principal, groups: tuple[str, ...] = (), **proposal: Any) -> Conflict | None:
    """What keeps somebody from a decision."""
    decision = make_decision(make_proposal(**proposal), submitter="sam", submitter_groups=groups)
    return policies.conflict(who, decision, recorded_facts)


def test_without_the_section_nobody_is_kept_away(tmp_path: Path) -> None:
    policies = load(tmp_path / "p", refunds=policy(RULE))
    assert not policies.has_conflicts
    assert found(policies, reviewer("sam", "a"), ("a",)) is None


@pytest.mark.parametrize("more", ["  same_group: false\n", "  exclude: []\n"])
def test_a_section_that_says_nothing_is_none(tmp_path: Path, more: str) -> None:
    assert not load(tmp_path / "p", refunds=section(more=more)).has_conflicts


def test_the_policy_of_the_action_alone_is_asked(tmp_path: Path) -> None:
    policies = load(tmp_path / "p", refunds=section("true"), loans=policy(RULE, name="loans", actions="[loan.*]"))
    assert policies.has_conflicts
    assert found(policies, reviewer(), action="loan.grant") is None
    assert found(policies, reviewer(), action="trip.book") is None
    assert found(policies, reviewer(), action="refund.issue") == Conflict("x0", "because of x0")


@pytest.mark.parametrize(
    ("theirs", "submitters", "kept"),
    [
        ((), (), False),
        (("a",), (), False),
        ((), ("a",), False),
        (("a", "b"), ("c",), False),
        (("a", "b"), ("b", "c"), True),
    ],
)
def test_one_group_in_common_is_enough(
    tmp_path: Path, theirs: tuple[str, ...], submitters: tuple[str, ...], kept: bool
) -> None:
    policies = load(tmp_path / "p", refunds=section(more="  same_group: true\n"))
    assert found(policies, reviewer("rita", *theirs), submitters) == (SAME_GROUP if kept else None)


@pytest.mark.parametrize(
    ("when", "kept"),
    [
        ('reviewer.name == "rita"', True),
        ('reviewer.name != "rita"', False),
        ('"reviewer" in reviewer.roles && !("lead" in reviewer.roles)', True),
        ('"*" in reviewer.queues', True),
        ('"law" in reviewer.skills', True),
        ('reviewer.groups.exists(group, group.startsWith("b"))', True),
        ("size(reviewer.groups) == 0", False),
        ("reviewer.name == decision.on_behalf_of", False),
        ('decision.on_behalf_of == "carl"', True),
        ('decision.submitter == "sam"', True),
        ("decision.input.agent == reviewer.name", True),
        ("has(decision.input.clerk) && decision.input.clerk == reviewer.name", False),
        ("decision.prediction.amount > 40.0", True),
        ("decision.reasoning.contains(reviewer.name)", False),
        ("decision.attributes.subject == reviewer.name", True),
        ("extra.team in reviewer.groups", True),
        ("decision.model.version == reviewer.name", False),
    ],
)
def test_a_condition_reads_decision_and_reviewer(tmp_path: Path, when: str, kept: bool) -> None:
    policies = load(tmp_path / "p", refunds=section(when))
    got = found(
        policies,
        reviewer("rita", "berlin"),
        on_behalf_of="carl",
        input={"agent": "rita"},
        subject="rita",
        extra={"team": "berlin"},
    )
    assert (got is not None) is kept


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("extra.team == reviewer.name", "extra.team is absent"),
        ("extra.level > 3", "extra.level is absent"),
        ("decision.input.agent == reviewer.name", ""),
        ("decision.attributes.amount > 5.0", ""),
        ("1 / size(reviewer.groups) > 0", ""),
    ],
)
def test_what_fails_excludes(tmp_path: Path, when: str, why: str) -> None:
    got = found(load(tmp_path / "p", refunds=section("false", when)), reviewer(), extra={"level": "high"})
    assert got is not None
    assert got.id == "x1"
    assert got.reason.startswith("because of x1 (its condition could not be evaluated: ")
    assert why in got.reason


def test_the_first_that_holds_is_told_and_what_fails_hides_nothing(tmp_path: Path) -> None:
    policies = load(tmp_path / "p", refunds=section("false", 'reviewer.name == "rita"', "extra.level > 3"))
    assert found(policies, reviewer()) == Conflict("x1", "because of x1")
    other = found(policies, reviewer("ben"))
    assert other is not None
    assert other.id == "x2"


@pytest.mark.parametrize(
    ("when", "message", "advice"),
    [
        ('reviewer.nam == "a"', "`reviewer.nam` is not known", "reviewer.name"),
        ('reviewer.xyz == "a"', "`reviewer.xyz` is not known", "reviewer.NAME, one of name, roles"),
        ('reviewer == "a"', "`reviewer` is not known", "reviewer.NAME, one of name, roles"),
        ('reviewer.groups == "a"', "can't be applied", ""),
        ("reviewer.name", "a condition must be bool, this is string", ""),
        ("extra.other == reviewer.name", "`extra.other` is not known", "declare it"),
        ("decision.state == 1", "`decision.state` is not known before", "one of"),
        ("reviewer.name ==", "", ""),
    ],
)
def test_a_faulty_condition_is_told_at_its_place(tmp_path: Path, when: str, message: str, advice: str) -> None:
    (fault, *_) = faults(tmp_path / "p", refunds=section("true", when))
    assert fault.line == 7
    assert message in fault.message
    assert advice in fault.advice


def test_rules_know_no_reviewer(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path / "p", refunds=policy(rule("own", 'reviewer.name == "a"')))
    assert "`reviewer.name` is not known" in fault.message
    assert fault.advice == "only `conflicts.exclude` knows who the reviewer is"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("conflicts: {same_group: maybe}", "`maybe` is not true or false"),
        ("conflicts: {same_groups: true}", "`same_groups` is not known here"),
        ("conflicts: {exclude: [{id: a, when: 'true'}]}", "`reason` is missing"),
        ("conflicts: {exclude: [{id: A, when: 'true', reason: so}]}", "`A` can't be a name"),
        ("conflicts: {exclude: [{id: a, when: '', reason: so}]}", "the text is empty"),
        ("conflicts: {exclude: [{id: same_group, when: 'true', reason: so}]}", "can't be a name"),
        ("conflicts: true", "is not a section"),
        ("conflicts: {exclude: 7}", "is not a list"),
        ("conflicts: {exclude: [7]}", "is not a section"),
        (
            "conflicts: {exclude: [{id: a, when: 'true', reason: so}, {id: a, when: 'true', reason: so}]}",
            "the id `a` is taken by another exclusion",
        ),
    ],
)
def test_a_faulty_section_is_refused(tmp_path: Path, text: str, message: str) -> None:
    assert any(message in fault.message for fault in faults(tmp_path / "p", refunds=policy(RULE, head=text)))


def test_the_revision_tells_conflicts_apart(tmp_path: Path) -> None:
    revisions = {
        load(tmp_path / name, refunds=text).revision
        for name, text in {
            "a": section("true"),
            "b": section("false"),
            "c": section(more="  same_group: true\n"),
        }.items()
    }
    assert len(revisions) == 3
