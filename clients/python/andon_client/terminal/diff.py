"""The difference between the AI's prediction and a correction, field by field, as the server counts it."""

from __future__ import annotations

from typing import Any, NamedTuple

from andon_client.terminal.paths import MISSING, item, member


class Change(NamedTuple):
    """One field that differs. MISSING stands for one that is new, or taken away."""

    path: str
    before: Any
    after: Any


def difference(before: Any, after: Any, path: str = "") -> list[Change]:
    """Where two values differ; empty for equal ones. 1 and "1" differ, as do 1 and true; 1 and 1.0 do not."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = list(dict.fromkeys([*before, *after]))
        pairs = [(member(path, name), before.get(name, MISSING), after.get(name, MISSING)) for name in names]
    elif isinstance(before, list) and isinstance(after, list):
        length = max(len(before), len(after))
        pairs = [(item(path, at), _entry(before, at), _entry(after, at)) for at in range(length)]
    else:
        return [] if _same(before, after) else [Change(path, before, after)]
    return [change for name, old, new in pairs for change in difference(old, new, name)]


def _entry(values: list[Any], at: int) -> Any:
    return values[at] if at < len(values) else MISSING


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, bool) or isinstance(after, bool):
        return before is after
    return bool(before == after)
