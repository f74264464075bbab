"""What the policies keep from the caller: what stands in its place, and where."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

MASK: Final = "[masked]"
"""What the server puts in the place of a value that is kept from the caller, of whatever type it is."""

_POSITION: Final = re.compile(r"\[\d*\]")


def is_kept(path: str, kept: Sequence[str]) -> bool:
    """Whether what stands at a path, such as `prediction.lines[2].iban`, is kept: by itself or with what it is in."""
    there = f"{_POSITION.sub('', path)}."
    return any(there.startswith(f"{field}.") for field in kept)


def is_masked(path: str, value: Any, kept: Sequence[str]) -> bool:
    """Whether a value is kept from the caller: the server names its path, and the mask stands in its place."""
    return isinstance(value, str) and value == MASK and is_kept(path, kept)


def kept_of(kept: Sequence[str], root: str) -> tuple[str, ...]:
    """Those of the paths that are the root or below it."""
    return tuple(field for field in kept if f"{field}.".startswith(f"{root}."))


def holds_mask(value: Any) -> bool:
    """Whether a JSON value is the mask, or has it anywhere inside."""
    if isinstance(value, dict):
        return any(map(holds_mask, value.values()))
    return any(map(holds_mask, value)) if isinstance(value, list) else isinstance(value, str) and value == MASK
