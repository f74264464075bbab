"""Corrections against the policy's schema."""

from __future__ import annotations

import pytest

from andon.domain.canonical import JsonObject
from andon.policy.correction import check_correction

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
