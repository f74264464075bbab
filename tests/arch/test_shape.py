"""Modules and functions stay small enough to be read in one go."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from tests.arch import sources

LONGEST_MODULE: Final = 400
LONGEST_FUNCTION: Final = 60


def long_functions(text: str) -> Iterator[tuple[str, int]]:
    """Names and lengths in lines, decorators aside, of functions over the limit."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield node.name, length


def test_no_module_is_too_long() -> None:
    lengths = {name: len(text.splitlines()) for name, text in sources.python()}
    faults = [f"{name}: {length} lines" for name, length in lengths.items() if length > LONGEST_MODULE]
    assert not faults, "\n".join(faults)


def test_no_function_is_too_long() -> None:
    faults = [
        f"{name}: {function} has {length} lines"
        for name, text in sources.python()
        for function, length in long_functions(text)
    ]
    assert not faults, "\n".join(faults)


def test_a_long_function_is_found() -> None:
    line = "    pass\n"
    assert list(long_functions("def f():\n" + line * LONGEST_FUNCTION)) == [("f", LONGEST_FUNCTION + 1)]
    assert not list(long_functions("def f():\n" + line * (LONGEST_FUNCTION - 1)))
