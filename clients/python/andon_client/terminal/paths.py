"""Paths such as `prediction.lines[2].price`, written as the server writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

MISSING: Final = object()
"""Stands for a value that is not there, which null is not."""

_POSITION: Final = re.compile(r"\[\d*\]")
_FIRST: Final = re.compile(r"\[(\d+)\]\.?")


def member(path: str, name: str) -> str:
    """The path of an object's member."""
    return f"{path}.{name}" if path else name


def item(path: str, index: int) -> str:
    """The path of a list's entry, counted from 0."""
    return f"{path}[{index}]"


def without_positions(path: str) -> str:
    """`lines[2].price` → `lines.price`."""
    return _POSITION.sub("", path)


def parents(path: str) -> Iterator[str]:
    """The paths above, nearest first."""
    for at in range(len(path) - 1, 0, -1):
        if path[at] in ".[":
            yield path[:at]


def value_at(root: Any, path: str) -> Any:
    """The value at a path, or MISSING. A member whose name holds dots is found as well."""
    if not path:
        return root
    if isinstance(root, list):
        found = _FIRST.match(path)
        inside = found is not None and int(found[1]) < len(root)
        return value_at(root[int(found[1])], path[found.end() :]) if found and inside else MISSING
    return _member_at(root, path) if isinstance(root, dict) else MISSING


def _member_at(root: dict[str, Any], path: str) -> Any:
    if path in root:
        return root[path]
    for name in parents(path):
        if name in root:
            rest = path[len(name) :].removeprefix(".")
            found = value_at(root[name], rest)
            if found is not MISSING:
                return found
    return MISSING
