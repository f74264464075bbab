"""Corrections against the policy's schema."""

from __future__ import annotations

import pytest

from andon.domain.canonical import Json, JsonObject
from andon.policy.correction import check_correction, schema_faults

SCHEMA: JsonObject = {
    "type": "object",
    "required": ["amount"],
    "additionalProperties": False,
    "properties": {
        "amount": {"type": "number", "minimum": 0},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"price": {"type": "number"}}}},
    },
}


def test_what_fits_has_no_faults() -> None:
    assert check_correction(SCHEMA, {"amount": 5, "lines": [{"price": 1}]}) == ()


@pytest.mark.parametrize(
    ("value", "paths"),
    [
        ({}, ["corrected_prediction.amount"]),
        ({"amount": "5"}, ["corrected_prediction.amount"]),
        ({"amount": -1}, ["corrected_prediction.amount"]),
        ({"amount": 1, "other": 1}, ["corrected_prediction"]),
        ({"amount": 1, "lines": [{}, {"price": "x"}]}, ["corrected_prediction.lines[1].price"]),
    ],
)
def test_faults_name_their_fields(value: JsonObject, paths: list[str]) -> None:
    assert [fault.path for fault in check_correction(SCHEMA, value)] == paths


@pytest.mark.parametrize("reference", ["#", "http://localhost:9/schema.json", "#/$defs/none"])
def test_a_schema_that_can_not_be_applied_refuses(reference: str) -> None:
    (fault,) = check_correction({"$ref": reference}, {"amount": 1})
    assert fault.path == "corrected_prediction"


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|a)*$", "(.*)*x"])
def test_no_pattern_of_a_policy_takes_more_than_linear_time(pattern: str) -> None:
    text = "a" * 100_000 + "!"
    schema: JsonObject = {
        "properties": {"text": {"pattern": pattern}},
        "patternProperties": {pattern: {"type": "string"}},
        "additionalProperties": False,
    }
    assert schema_faults(schema) == []
    assert check_correction(schema, {"text": text, text: 1})[0].path == "corrected_prediction"


@pytest.mark.parametrize("pattern", ["(", "(?=x)", r"(a)\1", "a{1000}{1000}"])
def test_a_pattern_that_can_not_be_linear_is_refused(pattern: str) -> None:
    places: list[JsonObject] = [{"pattern": pattern}, {"patternProperties": {pattern: {}}}]
    for schema in (*places, {"properties": {"a": places[0]}}):
        ((_, why),) = schema_faults(schema)
        assert why.startswith("not a regular expression of RE2: ")


def test_patterns_and_names_are_looked_at_as_json_schema_has_it() -> None:
    schema: JsonObject = {
        "properties": {"iban": {"pattern": "^[A-Z]{2}"}, "n": {"pattern": "x"}},
        "patternProperties": {"^x-": {"type": "number"}},
        "additionalProperties": {"type": "string"},
    }
    assert check_correction(schema, {"iban": "DE1", "n": 1, "x-a": 1, "other": "a"}) == ()
    wrong = check_correction(schema, {"iban": "1DE", "x-a": "1", "other": 1})
    assert [fault.path for fault in wrong] == [f"corrected_prediction.{name}" for name in ("iban", "other", "x-a")]


def test_items_are_compared_by_their_value_however_many() -> None:
    schema: JsonObject = {"properties": {"list": {"uniqueItems": True}}}
    many: list[Json] = [{"n": number} for number in range(20_000)]
    same: list[list[Json]] = [[1, 1.0], [{"a": 1, "b": 2}, {"b": 2, "a": 1}], ["x", "x"], [[], []], [*many, {"n": 7}]]
    assert all(check_correction(schema, {"list": items}) for items in same)
    other: list[list[Json]] = [[1, True], [0, False], ["1", 1], [{"a": 1}, {"a": True}], many]
    assert not any(check_correction(schema, {"list": items}) for items in other)


def test_what_can_not_be_checked_in_linear_time_is_refused() -> None:
    assert schema_faults({"unevaluatedProperties": False})
    assert schema_faults({"properties": {"a": {"unevaluatedProperties": False}}})
