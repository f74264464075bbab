"""The cases leave nothing of the contract out."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any, Final

import pytest

from andon_client._gen.andon.v1 import (
    decision_pb2,
    decision_service_pb2,
    error_pb2,
    feedback_service_pb2,
    insight_service_pb2,
    policy_service_pb2,
    review_service_pb2,
    session_service_pb2,
)
from tests.golden.cover import covering
from tests.golden.matching import at, differences, filled
from tests.golden.runner import cases

SERVICES: Final = (
    decision_service_pb2,
    review_service_pb2,
    feedback_service_pb2,
    insight_service_pb2,
    policy_service_pb2,
    session_service_pb2,
)
# What no case can bring about without breaking something; other tests do.
ELSEWHERE: Final = frozenset(
    {
        "DELEGATED",
        "TOO_MANY_CALLS",
        "DRAINING",
        "STORE_UNAVAILABLE",
        "ISSUER_UNAVAILABLE",
        "RECEIPT_UNBACKED",
        "ENTRY_UNPROVED",
        "INTERNAL",
    }
)


def _expected(key: str) -> Iterator[Any]:
    for step in _steps():
        yield from _found(step.get("expect", {}), key)


def _steps(titles: Container[str] | None = None) -> Iterator[dict[str, Any]]:
    """The steps of all cases, or of these."""
    for case in cases():
        if titles is None or str(case) in titles:
            yield from case.steps


def _found(data: Any, key: str) -> Iterator[Any]:
    if isinstance(data, dict):
        for name, value in data.items():
            if name == key:
                yield value
            yield from _found(value, key)
    elif isinstance(data, list):
        for item in data:
            yield from _found(item, key)


def test_titles_tell_cases_apart() -> None:
    titles = [str(case) for case in cases()]
    assert len(titles) == len(set(titles))


def test_every_method_has_cases_that_pass_and_cases_that_are_refused() -> None:
    methods = {
        f"{name}.{method.name}"
        for module in SERVICES
        for name, service in module.DESCRIPTOR.services_by_name.items()
        for method in service.methods
    }
    steps = [step for case in cases() for step in case.steps if "call" in step]
    passed = {step["call"] for step in steps if step.get("expect", {}).get("code", "OK") == "OK"}
    refused = {step["call"] for step in steps if step.get("expect", {}).get("code", "OK") != "OK"}
    assert methods <= passed
    assert methods <= refused


def test_every_reason_is_met() -> None:
    reasons = {name.removeprefix("ERROR_REASON_") for name in error_pb2.ErrorReason.keys()[1:]}
    assert reasons - set(_expected("reason")) == ELSEWHERE


def test_what_runs_over_every_transport_shows_it_each_method_reason_and_way() -> None:
    chosen = covering(cases())

    def seen(titles: Container[str] | None) -> set[tuple[object, ...]]:
        reasons = {(reason,) for step in _steps(titles) for reason in _found(step.get("expect", {}), "reason")}
        return reasons | {
            (step["call"], "stream" in step, "background" in step, "code" in step.get("expect", {}))
            for step in _steps(titles)
            if "call" in step
        }

    assert seen(chosen) == seen(None)
    assert len(chosen) < len(cases())
    assert covering([*cases(), *cases()]) == chosen


def test_every_outcome_and_route_is_met() -> None:
    assert set(decision_pb2.Outcome.keys()[1:]) <= set(_expected("outcome"))
    assert set(decision_pb2.Route.keys()[1:]) <= set(_expected("route"))


@pytest.mark.parametrize(
    ("expected", "actual", "number"),
    [
        ({"a": 1}, {"a": 1.0, "b": 2}, 0),
        ({"a": 1}, {"a": "1"}, 0),
        ({"a": 1}, {"a": 2}, 1),
        ({"a": 1}, {"a": True}, 1),
        ({"a": None}, {}, 0),
        ({"a": None}, {"a": 1}, 1),
        ({"a": "<any>"}, {"a": "x"}, 0),
        ({"a": "<any>"}, {"a": ""}, 1),
        ({"a": "re:[0-9]+"}, {"a": "12"}, 0),
        ({"a": "re:[0-9]+"}, {"a": "12x"}, 1),
        ([1], [1, 2], 1),
        ([{"a": 1}], [{"a": 2}], 1),
        ({"a": {"b": 1}}, {"a": 1}, 1),
    ],
)
def test_matching(expected: Any, actual: Any, number: int) -> None:
    assert len(list(differences(expected, actual))) == number


def test_filling() -> None:
    templates = {"base": {"a": 1, "b": "${x}"}}
    names = {"x": [7], "y": "z"}
    assert filled({"$like": "base", "a": 2}, names, templates) == {"a": 2, "b": [7]}
    assert filled("p/${y}", names, {}) == "p/z"
    assert filled({"$repeat": ["ab", 2]}, {}, {}) == "abab"
    assert filled({"$list": [1, 2]}, {}, {}) == [1, 1]
    assert filled({"$nest": 3}, {}, {}) == {"a": {"a": {}}}
    assert at({"a": [{"b": 5}]}, "$.a[0].b") == 5
