"""The section `presentation` of a policy file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from andon.domain.presentation import FieldFormat, FieldPresentation, Presentation
from andon.domain.review import Verdict
from andon.policy.load import CompiledSet
from andon_client._gen.andon.v1 import decision_pb2, task_pb2
from tests.unit.policy.policies import NAME, Coin, faults, load, policy

HELD: Final = 'id: all, when: "true", route: review, reason: all of them'
WHOLE: Final = """
presentation:
  effect: "Refund {attributes.amount} {attributes.currency}"
  comment_required: [correct, reject]
  fields:
    - {path: prediction.amount, label: Amount, format: number, unit: EUR, decisive: true}
    - {path: input.photos, format: image, upsetting: true}
    - {path: attributes.extra.iban}
"""


def presented(policies: CompiledSet) -> Presentation | None:
    facts = decision_pb2.Decision(action="refund.issue", confidence=0.9)
    ruling = policies.evaluate("refund.issue", facts, NAME, Coin())
    assert ruling.plan is not None
    return ruling.plan.presentation


def test_a_held_decision_takes_it_along(tmp_path: Path) -> None:
    assert presented(load(tmp_path, refunds=policy(HELD, head=WHOLE))) == Presentation(
        "Refund {attributes.amount} {attributes.currency}",
        (
            FieldPresentation("prediction.amount", "Amount", FieldFormat.NUMBER, "EUR", decisive=True),
            FieldPresentation("input.photos", format=FieldFormat.IMAGE, upsetting=True),
            FieldPresentation("attributes.extra.iban"),
        ),
        (Verdict.REJECT, Verdict.CORRECT),
    )


def test_a_policy_may_say_nothing(tmp_path: Path) -> None:
    assert presented(load(tmp_path, refunds=policy(HELD))) is None
    assert presented(load(tmp_path, refunds=policy(HELD, head="presentation: {}"))) == Presentation()


def test_a_decision_that_no_policy_governs_has_none(tmp_path: Path) -> None:
    assert presented(load(tmp_path, others=policy(HELD, actions='["other.*"]'))) is None


def test_it_is_part_of_the_revision(tmp_path: Path) -> None:
    before = load(tmp_path, refunds=policy(HELD, head=WHOLE)).revision
    assert load(tmp_path, refunds=policy(HELD, head=WHOLE.replace("Amount", "Sum"))).revision != before


def test_the_formats_are_those_of_the_contract() -> None:
    contract = {name.removeprefix("FIELD_FORMAT_"): number for name, number in task_pb2.FieldFormat.items()}
    assert {format.name: format.value for format in FieldFormat} == contract


@pytest.mark.parametrize(
    ("line", "column", "message", "advice"),
    [
        ('effect: "Pay {prediction.amount"', 16, "the brace `{` has no partner", "{PATH} for a value"),
        ('effect: "Pay } it"', 16, "the brace `}` has no partner", "{PATH} for a value"),
        ('effect: "Pay {predicton.amount}"', 16, "`{predicton.amount}` is no path into a decision", "prediction"),
        ('effect: "Pay {}"', 16, "`{}` is no path into a decision", "a dotted path"),
        ('effect: "Pay {input..amount}"', 16, "`{input..amount}` is no path into a decision", "a dotted path"),
        ('effect: "Pay {input.a[0]}"', 16, "`{input.a[0]}` is no path into a decision", "a dotted path"),
        ('effect: "Pay {attributes.amonut}"', 16, "`attributes` has no `amonut`", "amount"),
        ('effect: "Pay {confidence.high}"', 16, "`confidence` has no `high`", "confidence"),
        ("effect: ''", 11, "the text is empty", "say it in words"),
        ("fields: [{path: output.amount}]", 19, "`output.amount` is no path into a decision", "a dotted path"),
        ("fields: [{path: 'input.photos[0]'}]", 19, "`input.photos[0]` is no path into a decision", "a dotted path"),
        ("fields: [{path: input.}]", 19, "`input.` is no path into a decision", "a dotted path"),
        ("fields: [{path: attributes.amonut}]", 19, "`attributes` has no `amonut`", "amount"),
        (
            "fields: [{path: attributes.amount.high}]",
            19,
            "`attributes.amount` has nothing below it",
            "attributes.amount",
        ),
        ("fields: [{path: model.size}]", 19, "`model` has no `size`", "name or version"),
        ("fields: [{path: input.a}, {path: input.a}]", 36, "the field `input.a` is named twice", "keep one"),
        ("fields: [{path: input.a, format: numbr}]", 36, "`numbr` is not allowed here", "number"),
        ("fields: [{path: input.a, format: text, unit: EUR}]", 48, "a unit goes with a number", "format: number"),
        ("fields: [{path: input.a, format: percent, unit: x}]", 51, "a unit goes with a number", "drop the unit"),
        ("fields: [{path: input.a, decisive: maybe}]", 38, "`maybe` is not true or false", ""),
        ("fields: [{label: Amount}]", 12, "`path` is missing", "add `path:`"),
        ("comment_required: [rejct]", 22, "`rejct` is not allowed here", "reject"),
        ("comment_required: [reject, reject]", 21, "the list names something twice", "name each once"),
        ("colour: red", 3, "`colour` is not known here", "one of effect"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, line: str, column: int, message: str, advice: str
) -> None:
    (fault,) = faults(tmp_path, refunds=policy(HELD, head=f"presentation:\n  {line}"))
    assert (fault.line, fault.column, fault.message) == (4, column, message)
    assert fault.advice.startswith(advice)


def test_a_unit_is_not_written_twice(tmp_path: Path) -> None:
    head = """
presentation:
  effect: "Refund {prediction.amount} EUR, {prediction.amount} EURO"
  fields: [{path: prediction.amount, unit: EUR}]
"""
    (fault,) = faults(tmp_path, refunds=policy(HELD, head=head))
    assert (fault.line, fault.column) == (5, 19)
    assert fault.advice == "drop `EUR` after it"
