"""The sentence that tells what an approval does."""

from __future__ import annotations

from typing import Any, Final

import pytest

from andon.domain.effect import MAX_EFFECT, MAX_VALUE, Place, TemplateFault, effect_of, parts_of, payload_reads
from andon.domain.presentation import FieldFormat, FieldPresentation, Presentation
from tests.builders import make_proposal

INPUT: Final[dict[str, Any]] = {
    "order": "A-4711",
    "note": " two\nlines\tand \u202e turned ",
    "empty": "",
    "nothing": None,
    "share": 0.07,
    "lines": [{"sku": "a1", "price": 3.5}, {"sku": "b2"}, {"sku": "c3", "price": 4}],
    "many": [1, 2, 3, 4, 5, 6, 7],
    "customer": {"name": "Ada", "limit": 1250.5},
    "long": "x" * 1_000,
    "braces": "{prediction.amount}",
}


def written(template: str, *fields: FieldPresentation, **attributes: Any) -> str:
    proposal = make_proposal(input=INPUT, prediction={"amount": 129.9, "ok": True, "whole": 250.0}, **attributes)
    return effect_of(Presentation(template, fields), proposal)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("Pay it", "Pay it"),
        ("Pay {prediction.amount} for {input.order}", "Pay 129.9 for A-4711"),
        ("{ input.order }", "A-4711"),
        ("{{{input.order}}}", "{A-4711}"),
        ("{prediction.whole}, {prediction.ok}", "250, yes"),
        ("{input.note}!", "two lines and turned!"),
        ("{input.customer.name}", "Ada"),
        ("{input.customer}", '{"limit":1250.5,"name":"Ada"}'),
        ("{input.lines.sku}; {input.lines.price}", "a1, b2, c3; 3.5, 4"),
        ("{input.many}", "1, 2, 3, 4, 5 and 2 more"),
        ("{input.braces}", "{prediction.amount}"),
        ("{model.name} {model.version}", "refund-bot 2026-08-01"),
        ("{confidence} {reasoning}", "0.6 the parcel never came"),
        ("{attributes.irreversible}", "no"),
    ],
)
def test_values_are_written_in_their_places(template: str, expected: str) -> None:
    assert written(template) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("prediction.credit_limit", "(no credit limit)"),
        ("input.empty", "(no empty)"),
        ("input.nothing", "(no nothing)"),
        ("input.order.below", "(no below)"),
        ("input.lines.weight", "(no weight)"),
        ("attributes.amount", "(no amount)"),
        ("attributes.subject", "(no subject)"),
        ("attributes.extra.iban", "(no iban)"),
    ],
)
def test_what_a_decision_lacks_is_said(path: str, expected: str) -> None:
    assert written(f"Pay {{{path}}}!") == f"Pay {expected}!"


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        (129.9, "EUR", "129.90 EUR"),
        (250, "EUR", "250 EUR"),
        (1.234, "KWD", "1.234 KWD"),
        (0.005, "EUR", "0.005 EUR"),
        (-3.5, "EUR", "-3.50 EUR"),
        (129.9, "", "129.9 (no currency)"),
        (9_999.5, "EUR", "9999.50 EUR"),
        (10_000, "EUR", "10 000 EUR"),
        (-12_345.5, "EUR", "-12 345.50 EUR"),
        (12_500_000, "EUR", "12 500 000 EUR"),
        (1e22, "EUR", "1e+22 EUR"),
        (1.5e-9, "EUR", "1.5e-9 EUR"),
    ],
)
def test_money_has_two_decimals_at_least_unless_it_is_whole(amount: float, currency: str, expected: str) -> None:
    said = written("{attributes.amount} {attributes.currency}", amount=amount, currency=currency)
    assert said.replace("\u202f", " ") == expected


def test_five_digits_and_more_are_grouped_as_the_page_groups_them() -> None:
    assert written("{attributes.amount}", amount=1_234_567.8912345) == "1\u202f234\u202f567.8912345"
    assert written("Pay\u00a0\t {input.thin}") == "Pay (no thin)"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (FieldPresentation("prediction.amount", unit="EUR"), "129.90 EUR"),
        (FieldPresentation("prediction.amount", unit="kg"), "129.9 kg"),
        (FieldPresentation("prediction", unit="EUR"), "129.90 EUR"),
        (FieldPresentation("prediction.other", unit="EUR"), "129.9"),
        (FieldPresentation("prediction.amount", format=FieldFormat.CODE, unit="EUR"), "129.9 EUR"),
    ],
)
def test_a_declared_unit_comes_along(field: FieldPresentation, expected: str) -> None:
    assert written("{prediction.amount}", field) == expected


def test_a_share_is_written_as_per_cent() -> None:
    assert written("{input.share}", FieldPresentation("input.share", format=FieldFormat.PERCENT)) == "7 %"
    confidence = FieldPresentation("confidence", format=FieldFormat.PERCENT)
    assert effect_of(Presentation("{confidence}", (confidence,)), make_proposal(confidence=0.8125)) == "81.25 %"


def test_what_is_declared_as_a_text_is_written_as_it_was_sent() -> None:
    field = FieldPresentation("attributes.amount", format=FieldFormat.TEXT)
    assert written("{attributes.amount}", field, amount=4_711_000) == "4711000"


@pytest.mark.parametrize(
    ("field", "attributes", "expected"),
    [
        (FieldPresentation("attributes.amount", unit="EUR"), {"amount": 1_234_567.5}, "1 234 567.50 EUR"),
        (FieldPresentation("attributes.amount", unit="points"), {"amount": 12_500, "currency": "EUR"}, "12 500 points"),
        (FieldPresentation("attributes.amount", label="Sum"), {"amount": 12_500.5, "currency": "EUR"}, "12 500.50 EUR"),
        (FieldPresentation("attributes.amount", format=FieldFormat.PERCENT), {"amount": 0.125}, "12.5 %"),
    ],
)
def test_a_sentence_of_ours_writes_the_amount_as_it_is_declared(
    field: FieldPresentation, attributes: dict[str, Any], expected: str
) -> None:
    sentence = effect_of(Presentation(fields=(field,)), make_proposal(**attributes))
    assert sentence.replace("\u202f", " ") == f"Approve refund.issue: amount {expected}"


def test_values_and_sentence_are_cut() -> None:
    assert written("{input.long}!") == "x" * (MAX_VALUE - 1) + "…!"
    assert len(written("{input.long}" * 20)) == MAX_EFFECT


@pytest.mark.parametrize("presentation", [None, Presentation()])
@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, "Approve refund.issue"),
        ({"amount": 129.9, "currency": "EUR"}, "Approve refund.issue: amount 129.90 EUR"),
        ({"amount": 3.5}, "Approve refund.issue: amount 3.5"),
        ({"amount": 2, "currency": "EUR", "subject": "c-17"}, "Approve refund.issue: amount 2 EUR, subject c-17"),
    ],
)
def test_there_is_always_a_sentence(
    presentation: Presentation | None, attributes: dict[str, Any], expected: str
) -> None:
    assert effect_of(presentation, make_proposal(**attributes)) == expected


@pytest.mark.parametrize(("template", "position"), [("Pay {a.b", 4), ("Pay a}", 5), ("{a{b}}", 0), ("{", 0)])
def test_a_brace_without_its_partner_is_a_fault(template: str, position: int) -> None:
    with pytest.raises(TemplateFault) as raised:
        parts_of(template)
    assert raised.value.position == position


def test_parts_know_their_positions() -> None:
    assert parts_of("Pay {input.a} {{now}}") == ("Pay ", Place(("input", "a"), 4), " ", "{", "now", "}")


@pytest.mark.parametrize(
    ("template", "reads"),
    [("", 0), ("{attributes.amount} {confidence}", 0), ("{input.a} {input.b}", 1), ("{prediction}{reasoning}", 6)],
)
def test_what_of_the_payload_a_sentence_needs(template: str, reads: int) -> None:
    assert payload_reads(Presentation(template)) == reads
