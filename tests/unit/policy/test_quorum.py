"""How many must agree: the expression, its faults, and what several of them add up to."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from andon.domain.plan import Quorum, Term, WorkPlan
from andon.policy.load import CompiledSet
from andon.policy.quorum import MOST, MOST_TERMS, Demand, QuorumFault, quorum_of, terms_of
from tests.unit.policy.policies import NAME, Coin, decision, faults, load, policy, rule

ANY = rule("any", "true")


def quorum(policies: CompiledSet, **attributes: bool) -> Quorum | None:
    """The quorum for a decision with these attributes."""
    facts = decision(1, "refund.issue", **attributes)
    plan = policies.evaluate(facts.action, facts, NAME, Coin()).plan
    assert plan is not None
    return None if plan.work is None else plan.work.quorum


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("2", [Term(2, 2)]),
        ("2 of 3", [Term(2, 3)]),
        ("2 of 3 of risk", [Term(2, 3, "risk")]),
        ("1 of risk and 1 of legal", [Term(1, 1, "risk"), Term(1, 1, "legal")]),
        ("2 and 1 of 2 of 24-7", [Term(2, 2), Term(1, 2, "24-7")]),
        (" 10 \n of  10 ", [Term(10, 10)]),
    ],
)
def test_the_expression(text: str, terms: list[Term]) -> None:
    assert terms_of(text) == tuple(terms)


groups = st.text("abcxyz0189._-", min_size=1, max_size=8).filter(lambda name: name[0] in "abcxyz")
sizes = st.tuples(st.integers(1, MOST), st.integers(1, MOST)).map(sorted)
terms_ = st.builds(lambda size, group: Term(size[0], size[1], group), sizes, st.just("") | groups)


@given(st.lists(terms_, min_size=1, max_size=MOST_TERMS, unique_by=lambda term: term.group))
def test_a_quorum_is_read_as_it_is_shown(terms: list[Term]) -> None:
    assert terms_of(str(Quorum(tuple(terms)))) == tuple(terms)


def read(text: str) -> tuple[Term, ...] | QuorumFault:
    """The terms of a text, or what is wrong with it."""
    try:
        return terms_of(text)
    except QuorumFault as fault:
        return fault


@given(st.lists(st.sampled_from(("1", "2", "11", "of", "and", "risk", "?", "\n")), max_size=8).map(" ".join))
def test_no_text_gets_past_the_limits(text: str) -> None:
    found = read(text)
    if isinstance(found, QuorumFault):
        assert 0 <= found.position <= len(text)
        assert found.advice
        return
    assert found
    assert all(1 <= term.need <= term.asked <= MOST for term in found)
    assert len({term.group for term in found}) == len(found) <= MOST_TERMS


@pytest.mark.parametrize(
    ("text", "column", "message", "advice"),
    [
        ("two", 1, "a number of verdicts is needed here, not `two`", "2 of 3"),
        ("2 of", 5, "a number or the name of a group is needed here, not nothing", "2 of 3 of risk"),
        ("1 of risk and", 14, "a number of verdicts is needed here, not nothing", "2 of 3"),
        ("1 of and", 6, "not nothing", "1 of risk"),
        ("3 of 2", 6, "of 2 who are asked, 3 can't agree", "3 of 3, or 2 of 3"),
        ("2 of 3 risk", 8, "`risk` is not expected here", "of, and"),
        ("11 of 12", 1, "`11` is not from 1 to 10", "from 1 to 10"),
        ("2 of 11", 6, "`11` is not from 1 to 10", "from 1 to 10"),
        ("1 of risk, 1 of legal", 6, "not `risk,`", "1 of risk and 1 of legal"),
        ("1 of risk and 2 of risk", 15, "the group `risk` is named twice", "one term for each group"),
        ("1 and 2", 7, "anybody is named twice", "one term for each group"),
        (" and ".join(f"1 of g{number}" for number in range(6)), 1, "has more than 5 terms", "fewer groups"),
    ],
)
def test_a_fault_is_named_in_its_place(tmp_path: Path, text: str, column: int, message: str, advice: str) -> None:
    for place, (head, key) in {
        "a": (f"quorum: {text}", "quorum: "),
        "b": (f"quorum:\n  need: '{text}'", "  need: '"),
        "c": (f"appeals: {{quorum: '{text}'}}", "appeals: {quorum: '"),
    }.items():
        (fault,) = faults(tmp_path / place, refunds=policy(ANY, head=head))
        assert (fault.line, fault.column) == (3 + head.count("\n"), len(key) + column), place
        assert message in fault.message
        assert advice in fault.advice


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("quorum: 0", "`0` is below 1"),
        ("quorum: 11", "`11` is above 10"),
        ("quorum: 1.5", "`1.5` is not a whole number, text or a section"),
        ("quorum: true", "`true` is not a whole number, text or a section"),
        ("quorum: ''", "the text is empty"),
        ("quorum: [2]", "is not a whole number, text or a section"),
        ("quorum: {veto: [legal]}", "`need` is missing"),
        ("quorum: {need: 2, extra: 11}", "`11` is above 10"),
        ("quorum: {need: 2, vetos: [legal]}", "`vetos` is not known here"),
        ("quorum: {need: 2, tie_break: 'a b'}", "`a b` can't be a name"),
        ("quorum: {need: {need: 2}}", "is not a whole number or text"),
    ],
)
def test_what_is_no_quorum_is_a_fault(tmp_path: Path, head: str, message: str) -> None:
    (fault,) = faults(tmp_path, refunds=policy(ANY, head=head))
    assert (fault.line, message in fault.message) == (3, True), fault


def test_a_rule_is_at_fault_in_its_own_line(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, refunds=policy(ANY, rule("x", "true", more="quorum: 2 off 3")))
    assert (fault.line, fault.message) == (6, "`off` is not expected here")


def test_one_verdict_is_enough_unless_a_policy_says_more(tmp_path: Path) -> None:
    for place, head in {"a": "", "b": "quorum: 1", "c": "quorum: 1 of 1"}.items():
        assert quorum(load(tmp_path / place, refunds=policy(ANY, head=head))) is None


def test_the_long_form(tmp_path: Path) -> None:
    head = """quorum:
  need: 1 of risk and 1 of legal
  veto: [legal, lead]
  blind: false
  extra: 0
  tie_break: leads"""
    expected = Quorum((Term(1, 1, "risk"), Term(1, 1, "legal")), ("lead", "legal"), False, 0, "leads")
    assert quorum(load(tmp_path, refunds=policy(ANY, head=head))) == expected


def test_the_defaults(tmp_path: Path) -> None:
    assert quorum(load(tmp_path, refunds=policy(ANY, head="quorum: 2"))) == Quorum((Term(2, 2),), (), True, 1, "")


def test_the_demands_of_the_rules_that_match_are_combined_with_the_policys(tmp_path: Path) -> None:
    rules = (
        rule("risky", "decision.attributes.anomalous", more="quorum: 2 of risk"),
        rule("large", "decision.attributes.high_value", more="quorum: 1 of 3 of risk"),
        rule("passes", "decision.attributes.regulated", route="auto_approve", more="quorum: 9 of nobody"),
        ANY,
    )
    policies = load(tmp_path, refunds=policy(*rules, head="quorum: {need: 2, extra: 3}"))
    assert str(quorum(policies)) == "2"
    assert str(quorum(policies, regulated=True)) == "2"
    assert str(quorum(policies, anomalous=True)) == "2 of risk and 2"
    both = quorum(policies, anomalous=True, high_value=True)
    assert (str(both), both and both.extra) == ("2 of 3 of risk and 2", 3)
    assert quorum(policies, anomalous=True, high_value=True) == both


def test_a_demand_settles_what_it_states_and_no_more() -> None:
    short = Demand((Term(2, 2),))
    for blind in (True, False):
        other = Demand((Term(1, 1, "risk"),), ("lead",), blind=blind, extra=0, tie_break="leads")
        for order in ((short, other), (other, short)):
            found = quorum_of(order)
            assert found is not None
            assert (found.veto, found.blind, found.extra, found.tie_break) == (("lead",), blind, 0, "leads")
    strict = quorum_of([Demand((Term(2, 2),), blind=True, extra=2), Demand((Term(2, 2),), blind=False, extra=1)])
    assert strict == Quorum((Term(2, 2),), blind=True, extra=2)


def test_what_one_decision_may_need_is_bounded(tmp_path: Path) -> None:
    rules = [rule(f"r{number}", "true", more=f"quorum: 1 of g{number}") for number in range(MOST_TERMS + 1)]
    (fault,) = faults(tmp_path / "a", refunds=policy(*rules))
    assert (fault.line, "more than 5 groups" in fault.message) == (10, True)
    appeals = "appeals: {quorum: 1 of another}"
    assert not faults(tmp_path / "b", refunds=policy(*rules[:MOST_TERMS], head=appeals))


def test_a_plan_survives_its_storage() -> None:
    plan = WorkPlan(Quorum((Term(1, 2, "risk"), Term(2, 2)), ("lead",), False, 0, "leads"))
    assert WorkPlan.of(dict(plan.as_json())) == plan
