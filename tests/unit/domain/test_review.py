"""What counts as a change, and what as an override."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from andon.domain.canonical import Json, canonical
from andon.domain.review import OUTCOMES, REJECTED_LABEL, Verdict, changed_fields, human_label, is_override
from andon.domain.review import sample_weight as weight
from tests.unit.domain.json_values import VALUES


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {}, ()),
        ({"a": 1}, {"a": 1}, ()),
        ({"a": 1}, {"a": 1.0}, ()),
        ({"a": 0.0}, {"a": -0.0}, ()),
        ({"a": 2.113169302725455e16}, {"a": 21131693027254550}, ()),  # one double, as sent and as read from JSON
        ({"a": (1, 2)}, {"a": [1, 2]}, ()),
        ({"a": 1}, {"a": 2}, ("a",)),
        ({"a": 1}, {}, ("a",)),
        ({}, {"a": None}, ("a",)),
        ({"a": None}, {"a": False}, ("a",)),
        ({"a": True}, {"a": 1}, ("a",)),
        ({"a": 0}, {"a": False}, ("a",)),
        ({"a": 1}, {"a": "1"}, ("a",)),
        ({"a": []}, {"a": {}}, ("a",)),
        ({"a": []}, {"a": ""}, ("a",)),
        ({"a": ["x"]}, {"a": "x"}, ("a",)),
        ({"a": {"b": 1}}, {"a": [1]}, ("a",)),
        ({"a": {"b": {"c": 1, "d": 2}}}, {"a": {"b": {"c": 1, "d": 3}}}, ("a.b.d",)),
        ({"a": {"b": 1}}, {"a": {}}, ("a.b",)),
        (
            {"lines": [{"sku": "x", "price": 1}, {"sku": "y", "price": 2}]},
            {"lines": [{"sku": "x", "price": 1}, {"sku": "y", "price": 3}]},
            ("lines[1].price",),
        ),
        ({"a": [1, 2, 3]}, {"a": [1]}, ("a[1]", "a[2]")),
        ({"a": [1]}, {"a": [2, 1]}, ("a[0]", "a[1]")),
        ({"a": [[1, True]]}, {"a": [[1, 1]]}, ("a[0][1]",)),
        ({"b": 1, "a": 1, "c": 1}, {"b": 2, "a": 2, "c": 2}, ("a", "b", "c")),
    ],
)
def test_changed_fields(before: Json, after: Json, expected: tuple[str, ...]) -> None:
    assert changed_fields(before, after) == expected


@given(VALUES)
def test_nothing_differs_from_itself(value: Json) -> None:
    assert changed_fields(value, value) == ()


@given(VALUES, VALUES)
def test_there_are_changes_exactly_where_canonical_forms_differ(before: Json, after: Json) -> None:
    assert bool(changed_fields(before, after)) is (canonical(before) != canonical(after))


@given(st.dictionaries(st.text(max_size=3), VALUES, max_size=4), st.dictionaries(st.text(max_size=3), VALUES))
def test_changes_are_the_same_both_ways(before: dict[str, Json], after: dict[str, Json]) -> None:
    assert changed_fields(before, after) == changed_fields(after, before)


@pytest.mark.parametrize(
    ("verdict", "changed", "override"),
    [
        (Verdict.APPROVE, (), False),
        (Verdict.APPROVE, ("a",), False),
        (Verdict.REJECT, (), True),
        (Verdict.CORRECT, ("a",), True),
        (Verdict.CORRECT, (), False),
    ],
)
def test_agreement_is_no_override(verdict: Verdict, changed: tuple[str, ...], override: bool) -> None:
    assert is_override(verdict, changed) is override


def test_every_verdict_has_an_outcome_of_the_same_sense() -> None:
    assert {verdict.name: outcome.name for verdict, outcome in OUTCOMES.items()} == {
        "APPROVE": "APPROVED",
        "REJECT": "REJECTED",
        "CORRECT": "CORRECTED",
    }


def test_the_label_is_what_the_person_holds_to_be_right() -> None:
    prediction: Json = {"approve": True}
    assert human_label(Verdict.APPROVE, {"approve": True}, None) == prediction
    assert human_label(Verdict.CORRECT, {"approve": True}, {"approve": False}) == {"approve": False}
    assert human_label(Verdict.CORRECT, {"approve": True}, {}) == {}
    assert human_label(Verdict.REJECT, {"approve": True}, None) == REJECTED_LABEL == {"label": "rejected"}


@pytest.mark.parametrize(("confidence", "expected"), [(0.0, 100.0), (0.99, 1.0), (0.49, 2.0)])
def test_the_weight_is_larger_for_uncertain_samples(confidence: float, expected: float) -> None:
    assert weight(confidence) == pytest.approx(expected)
