"""What is answered without CEL is answered as CEL would."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from andon.policy.expressions import Answer, Batch, Checker, Failure
from andon.policy.load import CompiledSet, load_policies
from andon.policy.native import translate
from andon_client._gen.andon.v1 import decision_pb2
from tests.unit.policy.policies import ENVIRONMENT, NAME, Coin, decision, load, policy, reasons, rule

ROOT: Final = Path(__file__).parents[3]
CHECKER: Final = Checker(ENVIRONMENT, {})
NUMBERS: Final = (0.0, -0.0, 0.5, math.nextafter(0.5, 1), 0.85, 1.0, 50.0, -50.0, 1e16, 1e308, -1e308, 5e-324)
WORDS: Final = ("", "a", "EUR", "refund.issue", "refund", ".issue", "Ж", "ж", "e\u0301", "é", "😀", "a'b", "%s{0}")
AMOUNT: Final = "decision.attributes.amount"
DOUBLE_FIELDS: Final = ("decision.confidence", AMOUNT)
STRING_FIELDS: Final = (
    "decision.action",
    "decision.reasoning",
    "decision.submitter",
    "decision.model.name",
    "decision.model.version",
    "decision.attributes.currency",
    "decision.attributes.subject",
)
FLAGS: Final = ("irreversible", "anomalous", "regulated", "high_value")


def batch(*texts: str) -> Batch:
    return Batch(CHECKER.env, texts)


def exact(answers: Sequence[Answer] | None) -> list[tuple[type, str]] | None:
    """Answers with their types and the signs of zeros."""
    return None if answers is None else [(type(answer), repr(answer)) for answer in answers]


def joined(*parts: st.SearchStrategy[str] | str) -> st.SearchStrategy[str]:
    """The parts one after another."""
    return st.tuples(*(st.just(part) if isinstance(part, str) else part for part in parts)).map("".join)


def listed(items: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(items, min_size=1, max_size=3).map(", ".join)


literals = st.sampled_from(NUMBERS).map(repr)
quoted = st.sampled_from(WORDS).map(lambda word: f'"{word}"')
texts_ = quoted | st.sampled_from(STRING_FIELDS) | st.sampled_from(STRING_FIELDS)
numbers_ = st.recursive(
    literals | st.sampled_from(DOUBLE_FIELDS) | st.sampled_from(DOUBLE_FIELDS),
    lambda inner: joined("(", inner, st.sampled_from((" + ", " - ", " * ", " / ")), inner, ")"),
    max_leaves=3,
)
simple = st.one_of(
    st.sampled_from(("true", "false", f"has({AMOUNT})", *(f"decision.attributes.{flag}" for flag in FLAGS))),
    joined(numbers_, st.sampled_from((" == ", " != ", " < ", "<=", ">", " >= ")), numbers_),
    joined(texts_, st.sampled_from((" == ", "!=")), texts_),
    joined(texts_, st.sampled_from((".startsWith(", ".endsWith(", ".contains(")), quoted, ")"),
    joined(texts_, " in [", listed(quoted), "]"),
    joined(numbers_, " in [", listed(literals), "]"),
)
conditions = st.recursive(
    simple,
    lambda inner: st.one_of(
        joined(inner, st.sampled_from((" && ", " || ")), inner, st.sampled_from((" && ", " || ")), inner),
        joined("!(", inner, ")"),
        joined("(", inner, ") ", st.sampled_from(("==", "!=")), " (", inner, ")"),
        joined("(", inner, " ? ", inner, " : ", inner, ")"),
    ),
    max_leaves=8,
)
expressions = st.one_of(
    conditions,
    conditions,
    numbers_,
    joined(simple, " ? ", numbers_, " : ", numbers_),
    joined(simple, " ? ", quoted, " : ", texts_),
)


@st.composite
def decisions(draw: st.DrawFn) -> decision_pb2.Decision:
    """Anything from an empty message to a full one, with the numbers and words that the expressions name."""
    facts = decision_pb2.Decision()
    number = st.sampled_from(NUMBERS)
    words = st.sampled_from(WORDS)
    if draw(st.integers(0, 9)):
        facts.confidence = draw(st.sampled_from((0.5, 0.85, 1.0, 0.0)) | number | st.just(math.nan))
    for name in ("action", "reasoning", "submitter"):
        setattr(facts, name, draw(words))
    if draw(st.booleans()):
        facts.model.name, facts.model.version = draw(words), draw(words)
    if draw(st.integers(0, 4)):
        facts.attributes.currency, facts.attributes.subject = draw(words), draw(words)
        for flag in FLAGS:
            setattr(facts.attributes, flag, draw(st.booleans()))
    if draw(st.integers(0, 4)):
        facts.attributes.amount.value = draw(number | st.sampled_from((math.inf, -math.inf, math.nan)))
    if draw(st.booleans()):
        facts.prediction["decision"] = draw(st.sampled_from(("grant", "decline", "")))
    return facts


def is_plain(facts: decision_pb2.Decision) -> bool:
    amount = facts.attributes
    return (
        facts.HasField("confidence")
        and 0.0 <= facts.confidence <= 1.0
        and amount.HasField("amount")
        and math.isfinite(amount.amount.value)
    )


@settings(max_examples=max(200, settings().max_examples))
@given(st.lists(expressions, min_size=1, max_size=3), st.lists(decisions(), min_size=1, max_size=4))
def test_every_answer_is_that_of_cel(texts: list[str], several: list[decision_pb2.Decision]) -> None:
    assert translate(texts) is not None
    one = batch(*texts)
    for facts in several:
        expected = one.run({"decision": facts})
        answers = one.decide(facts)
        assert answers is None or exact(answers) == exact(expected)
        assert answers is not None or not is_plain(facts) or any("/" in text for text in texts)


@pytest.mark.parametrize(
    "text",
    [
        "decision.confidence < 0.5",
        ".5 <= decision.confidence",
        "decision.confidence == 1e0 || decision.confidence > - 1.5E+3",
        "! ! decision . attributes . anomalous",
        "!decision.action.startsWith('refund')",
        "decision.confidence -0.5 - -0.25 * 2.0 > 0.0",
        "decision.confidence // a comment || \"'\n > 0.5",
        "decision.action == '' ? false : decision.confidence > 0.5 ? true : decision.attributes.regulated",
        "true ? decision.attributes.anomalous : true || true",
        "false && true || true && !false",
        "decision.attributes.anomalous == !decision.attributes.regulated",
        '"refund.issue".startsWith("refund")',
        "true in [false, true]",
        "decision.confidence in [-0.0, 0.5]",
    ],
)
def test_the_form_does_not_matter(text: str) -> None:
    one = batch(text)
    for confidence in (0.0, 0.5, 1.0):
        facts = decision(confidence, amount=1, anomalous=True)
        assert one.decide(facts) is not None
        assert exact(one.decide(facts)) == exact(one.run({"decision": facts}))


@pytest.mark.parametrize(
    "text",
    [
        'decision.input.x == "a"',
        'decision.prediction["decision"] == "a"',
        'extra.x == "a"',
        "has(decision.model)",
        "has(decision.attributes.currency)",
        "decision.attributes.amount == null",
        "decision.model.name == decision.model",
        '.decision.action == "a"',
        'decision["action"] == "a"',
        'decision.action < "a"',
        "decision.attributes.anomalous < true",
        'decision.action + "a" == "a"',
        "size(decision.action) > 1",
        "decision.action.size() > 1",
        'decision.action.matches("a")',
        "decision.action.startsWith(decision.submitter)",
        'decision.action.startsWith("a", "b")',
        'decision.action.__class__("a")',
        r'decision.action == "a\n"',
        'decision.action == r"a"',
        'decision.action == """a"""',
        "decision.action == '''a'''",
        'decision.action == "a\tb"',
        'decision.action == "a\u200bb"',
        'decision.action == b"a"',
        "decision.action == 'a' 'b'",
        "decision.confidence in []",
        "decision.confidence in [decision.confidence]",
        "decision.confidence in [0.5, 'a']",
        "decision.confidence in [0.5,]",
        "1.0 < 2.0 == true",
        "1 == 1",
        "1u == 1u",
        "0x1F == 31",
        "decision.confidence > 1e400",
        "decision.confidence % 0.5 == 0.0",
        "-decision.confidence < 0.0",
        "--1.5 < 0.0",
        "!decision.confidence",
        "decision.confidence ? true : false",
        "true ? 1.0 : 'a'",
        "true ? true",
        "[1.0].all(a, a > 0.5)",
        "double(decision.action) > 0.5",
        "(true",
        "true)",
        "true true",
        "true &",
        "",
        "(" * 40 + "true" + ")" * 40,
        "true ? true : " * 40 + "true",
        "decision.confidence" + " + 1.0" * 40 + " > 1.0",
        ("(1.0" + " + 1.0" * 30 + " + ") * 30 + "1.0" + ")" * 30 + " > 1.0 < 1.0",
    ],
)
def test_all_else_is_left_to_cel(text: str) -> None:
    assert translate([text]) is None
    assert translate(["true", text]) is None


def test_the_most_nested_expression_is_answered_or_left_to_cel() -> None:
    nested = ("(1.0" + " + 1.0" * 30 + " + ") * 31 + "1.0" + ")" * 31 + " > 1.0"
    native = translate([nested])
    assert native is None or native(decision()) == (True,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{AMOUNT} > 1.0 || true", True),
        (f"{AMOUNT} > 1.0 && false", False),
        (f"{AMOUNT} == 1.0", False),
        (f"{AMOUNT} in [1.0]", False),
        (f"{AMOUNT} != decision.confidence", True),
        (f"{AMOUNT} > 1.0", Failure("an attribute it reads is absent")),
        (f"has({AMOUNT}) ? false : {AMOUNT} > 1.0", Failure("an attribute it reads is absent")),
    ],
)
def test_only_cel_says_what_an_absent_amount_means(text: str, expected: Answer) -> None:
    for facts in (decision(0.5), decision_pb2.Decision(confidence=0.5)):
        assert batch(text).decide(facts) is None
        assert batch(text).run({"decision": facts}) == [expected]


@pytest.mark.parametrize("text", [f"true || {AMOUNT} > 1.0", f"!(has({AMOUNT}) && {AMOUNT} > 1.0)"])
def test_an_absent_amount_that_is_not_read_does_not_matter(text: str) -> None:
    assert batch(text).decide(decision(0.5)) == (True,)


@pytest.mark.parametrize("amount", [math.nan, math.inf, -math.inf])
def test_an_amount_that_is_no_number_is_left_to_cel(amount: float) -> None:
    facts = decision(0.5, amount=1)
    facts.attributes.amount.value = amount
    assert batch("true").decide(facts) is None


def test_a_division_by_zero_is_left_to_cel() -> None:
    one = batch("1.0 / decision.confidence > 1.0")
    assert one.decide(decision(0.0)) is None
    assert one.run({"decision": decision(0.0)}) == [True]
    assert one.decide(decision(0.5)) == (True,)


@pytest.mark.parametrize(
    "word",
    [
        "'); import os; os.abort() #",
        "__import__('os').abort()",
        "{decision} {0} %s %(a)s $a",
        "# no comment // none either",
        "'''",
        "\N{LATIN SMALL LETTER E WITH ACUTE}\N{GRINNING FACE}",
        "decision.action",
        "true || ",
        "f'{1/0}'",
        "a" * 4_000,
    ],
)
def test_a_word_is_a_word_and_nothing_else(word: str) -> None:
    one = batch(f'decision.reasoning == "{word}"', f'decision.reasoning in ["{word}", ""]')
    same = decision_pb2.Decision(confidence=1, reasoning=word)
    other = decision_pb2.Decision(confidence=1, reasoning="a")
    assert one.decide(same) == (True, True) == tuple(one.run({"decision": same}))
    assert one.decide(other) == (False, False) == tuple(one.run({"decision": other}))


def test_facts_are_data() -> None:
    facts = decision_pb2.Decision(confidence=1, reasoning="' or True #", action="{0}")
    assert batch('decision.reasoning == "a"', 'decision.action == "0"').decide(facts) == (False, False)


def both(folder: Path) -> tuple[CompiledSet, CompiledSet]:
    """The set as it is, and as it would be with CEL alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("andon.policy.expressions.translate", lambda texts: None)
        cel_alone = load_policies(folder, ENVIRONMENT)
    return load_policies(folder, ENVIRONMENT), cel_alone


SETS: Final = {
    action: both(ROOT / folder)
    for action, folder in {
        "refund.issue": "server/andon/policies",
        "email.send": "server/andon/policies",
        "credit.decide": "clients/examples/credit/policies",
    }.items()
}


@pytest.mark.parametrize("action", list(SETS))
@given(facts=decisions(), draw=st.sampled_from((0.0, 0.01, 0.03, 0.999)))
def test_our_policies_rule_as_with_cel_alone(action: str, facts: decision_pb2.Decision, draw: float) -> None:
    native, cel_alone = SETS[action]
    expected = cel_alone.evaluate(action, facts, NAME, Coin(draw))
    assert native.evaluate(action, facts, NAME, Coin(draw)) == expected
    assert native.explain(action, facts) == cel_alone.explain(action, facts)


def test_our_refunds_need_no_cel() -> None:
    refunds = SETS["refund.issue"][0].members["refunds"]
    assert refunds.batch.decide(decision(0.9, amount=40)) == (False, False, False, False, True)


CEL_HEAD: Final = (
    'confidence: {threshold: "decision.attributes.regulated ? 0.95 : 0.85"}\n'
    'defaults: {priority: \'decision.attributes.high_value ? "high" : "low"\'}'
)
STATED_HEAD: Final = "confidence: {threshold: 0.85}"
RULES: Final = (
    "id: tenth, sample: 0.1, route: review, reason: a",
    "id: half, sample: 0.5, when: decision.attributes.anomalous, route: review, reason: a",
    rule("big", f"has({AMOUNT}) && {AMOUNT} > 50.0"),
    rule("fine", 'decision.model.name == "a"', "auto_approve"),
    rule("no", f"{AMOUNT} < 0.0", "block"),
)


@pytest.mark.parametrize("head", ["", STATED_HEAD, CEL_HEAD])
@pytest.mark.parametrize("rules", [(), RULES[:1], RULES[2:3], RULES[3:4], RULES])
def test_a_policy_rules_as_with_cel_alone(tmp_path: Path, head: str, rules: tuple[str, ...]) -> None:
    load(tmp_path, refunds=policy(*rules, head=head))
    native, cel_alone = both(tmp_path)

    @settings(max_examples=20)
    @given(facts=decisions(), draw=st.sampled_from((0.0, 0.3, 0.999)))
    def check(facts: decision_pb2.Decision, draw: float) -> None:
        first, second = Coin(draw), Coin(draw)
        ruling = native.evaluate("refund.issue", facts, NAME, first)
        assert ruling == cel_alone.evaluate("refund.issue", facts, NAME, second)
        assert first.asked == second.asked

    check()


def test_what_python_fails_to_compile_is_left_to_cel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise SystemError("AST constructor recursion depth mismatch (before=102, after=37)")

    monkeypatch.setattr("andon.policy.native.ast.parse", fail)
    policies = load(tmp_path, refunds=policy(RULES[2], head=STATED_HEAD))
    assert policies.members["refunds"].batch.decide(decision(0.9, amount=60)) is None
    assert reasons(policies, decision(0.9, amount=60)) == ["big"]
    assert reasons(policies, decision(0.9, amount=40)) == []


@pytest.mark.parametrize("level", ["false ? 3 : 0", 'decision.attributes.high_value ? "high" : ""'])
def test_a_priority_that_is_none_is_said_of_what_passes_too(tmp_path: Path, level: str) -> None:
    policies = load(tmp_path, refunds=policy(RULES[2], head=f"defaults: {{priority: '{level}'}}"))
    ruling = policies.evaluate("refund.issue", decision(), NAME, Coin())
    assert (ruling.plan, len(ruling.errors)) == (None, 1)
