"""JSON in Structs: nothing is lost or changed on the way, and what would be is refused."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st

from andon_client._json import MAX_DEPTH, NotJson, copy_json, from_struct, to_struct

NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), VALUES, max_size=5))
def test_what_goes_in_comes_out(value: dict[str, Any]) -> None:
    struct = to_struct(value)
    assert from_struct(struct) == value
    assert struct == json_format.ParseDict(value, type(struct)())


def test_whole_numbers_come_back_as_int() -> None:
    back = from_struct(to_struct({"a": 40, "b": 40.0, "c": 0.5, "d": 2**53, "e": -(2**53), "f": 1e300, "g": True}))
    assert [type(item) for item in back.values()] == [int, int, float, int, int, float, bool]


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"a": float("nan")}, "x.a"),
        ({"a": [1, float("inf")]}, r"x.a[1]"),
        ({"a": {"b": 2**53 + 1}}, "x.a.b"),
        ({"a": {1: 2}}, "x.a"),
        ({"a": b"bytes"}, "x.a"),
        ({"a": object()}, "x.a"),
        ({"a": "\ud800"}, "x.a"),
        ([1], "x"),
        ({"a": 10**5_000}, "x.a"),
    ],
)
def test_what_json_can_not_hold_is_refused_with_its_path(value: Any, path: str) -> None:
    with pytest.raises(NotJson) as caught:
        to_struct(value, "x")
    assert caught.value.path == path


def test_nesting_is_bounded_by_what_can_be_read_again() -> None:
    value: dict[str, Any] = {}
    for _ in range(MAX_DEPTH - 1):
        value = {"a": value}
    struct = to_struct(value)
    assert type(struct).FromString(struct.SerializeToString()) == struct
    with pytest.raises(NotJson, match="32 levels"):
        to_struct({"a": value})


def test_numbers_of_other_libraries_are_taken() -> None:
    numpy = pytest.importorskip("numpy")
    back = from_struct(to_struct({"a": numpy.int64(3), "b": numpy.float32(0.5), "c": numpy.float64(1.5)}))
    assert back == {"a": 3, "b": 0.5, "c": 1.5}
    with pytest.raises(NotJson):
        to_struct({"a": numpy.float32("nan")})


def test_a_copy_keeps_the_types_of_numbers() -> None:
    copy = copy_json({"a": 40.0, "b": (1, 2)})
    assert isinstance(copy["a"], float)
    assert copy["b"] == [1, 2]


def test_what_is_nested_without_end_is_left_to_be_refused() -> None:
    value: dict[str, Any] = {}
    value["a"] = value
    with pytest.raises(NotJson, match="32 levels"):
        to_struct(copy_json(value))
