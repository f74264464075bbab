"""Tests wait for signals and move their own clock; none sleeps until something may have happened."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.arch import sources


def sleeps(text: str) -> Iterator[int]:
    """Lines that sleep. `asyncio.sleep(0)`, which only lets others run, is allowed."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and sources.dotted(node.func).split(".")[-1] == "sleep":
            first = node.args[0] if node.args else None
            if not (isinstance(first, ast.Constant) and first.value == 0):
                yield node.lineno


def every_test() -> Iterator[tuple[str, str]]:
    """Names and texts of all tests; a benchmark is none, it may pace its load."""
    for name, text in sources.python("tests/", "clients/"):
        if (name.startswith("tests/") or "/tests/" in name) and not name.startswith("tests/bench/"):
            yield name, text


def test_no_test_sleeps() -> None:
    faults = [f"{name}:{line}" for name, text in every_test() for line in sleeps(text)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    "text",
    ["time.sleep(1)", "asyncio.sleep(0.01)", "sleep(seconds)", "await_ = asyncio.sleep(delay=1)", "anyio.sleep(1)"],
)
def test_a_sleep_is_found(text: str) -> None:
    assert list(sleeps(text)) == [1]


@pytest.mark.parametrize("text", ["asyncio.sleep(0)", "clock.advance(1)", "asleep(1)"])
def test_a_yield_is_allowed(text: str) -> None:
    assert not list(sleeps(text))
