"""How a case's data is filled in and compared."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_PLACE: Final = re.compile(r"\$\{(\w+)\}")
ANY: Final = "<any>"
PATTERN: Final = "re:"


def filled(data: Any, names: Mapping[str, Any], templates: Mapping[str, Any]) -> Any:
    """Data with `${name}` replaced by what was saved, and the few forms expanded that would be tedious to write out.

    `{$like: template, …}` copies a template and sets fields; `{$repeat: [text, n]}` is a long text; `{$nest: n}` is an
    object n levels deep; `{$list: [item, n]}` is a list of n items, `{$keys: n}` an object of n entries.
    """
    if isinstance(data, str):
        return _text(data, names)
    if isinstance(data, list):
        return [filled(item, names, templates) for item in data]
    if not isinstance(data, dict):
        return data
    rest = {key: filled(value, names, templates) for key, value in data.items()}
    if "$like" in rest:
        return {**filled(templates[rest.pop("$like")], names, templates), **rest}
    return _expanded(rest)


def differences(expected: Any, actual: Any, path: str = "$") -> Iterator[str]:
    """Where the answer is not as expected. Fields that the case does not name may be anything.

    `<any>` is anything that is there, null is a field that is not, `re:…` a pattern for the whole text. Lists are
    compared item by item. The JSON mapping writes 64-bit integers as text, so a number may meet its text.
    """
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key, value in expected.items():
            yield from _field_differences(key, value, actual, path)
    elif isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            yield f"{path}: {len(expected)} items expected, not {actual}"
        for index, (one, other) in enumerate(zip(expected, actual, strict=False)):
            yield from differences(one, other, f"{path}[{index}]")
    elif not _equal(expected, actual):
        yield f"{path}: {expected!r} expected, not {actual!r}"


def at(data: Any, path: str) -> Any:
    """What lies at `$.a.b[0].c`. Raises LookupError where nothing does."""
    for word, index in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        data = data[word] if word else data[int(index)]
    return data


def _field_differences(key: str, value: Any, actual: Mapping[str, Any], path: str) -> Iterator[str]:
    if value is None:
        if key in actual:
            yield f"{path}.{key}: not expected, but {actual[key]!r}"
    elif key not in actual:
        yield f"{path}.{key}: {value!r} expected, but it is not there"
    else:
        yield from differences(value, actual[key], f"{path}.{key}")


def _equal(expected: Any, actual: Any) -> bool:
    if expected == ANY:
        return actual not in ("", [], {}, None)
    if isinstance(expected, str) and expected.startswith(PATTERN):
        return re.fullmatch(expected.removeprefix(PATTERN), str(actual)) is not None
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, int | float) and isinstance(actual, int | float):
        return math.isclose(expected, actual, rel_tol=1e-12)
    return bool(expected == actual) or (isinstance(expected, int) and str(expected) == actual)


def _text(text: str, names: Mapping[str, Any]) -> Any:
    whole = _PLACE.fullmatch(text)
    if whole:
        return names[whole[1]]
    return _PLACE.sub(lambda place: str(names[place[1]]), text)


def _expanded(data: dict[str, Any]) -> Any:
    match data:
        case {"$repeat": [text, times]}:
            return text * times
        case {"$list": [item, times]}:
            return [item] * times
        case {"$nest": levels}:
            return _nested(levels)
        case {"$keys": count}:
            return {f"key{number}": number for number in range(count)}
    return data


def _nested(levels: int) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for _ in range(levels - 1):
        data = {"a": data}
    return data
