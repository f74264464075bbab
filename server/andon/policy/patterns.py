"""Regular expressions of a policy's schema: RE2's, as in CEL, so that no text takes more than linear time.

Python's own would let a reviewer who types the right text stop the server, where a pattern can be read in many ways.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from cel_expr_python import cel

_ANY: Final = {"text": cel.Type.STRING, "pattern": cel.Type.STRING}


def pattern_fault(pattern: str) -> str:
    """Why it is no pattern of RE2; empty where it is one."""
    value = _evaluated("", pattern)
    return "" if value.type() != cel.Type.ERROR else str(value.value()).rpartition("regular expression: ")[2]


def found(pattern: str, text: str) -> bool:
    """Whether the pattern is found in the text. False for what is no pattern."""
    value = _evaluated(text, pattern)
    return value.type() != cel.Type.ERROR and bool(value.value())


def _evaluated(text: str, pattern: str) -> Any:
    return _matches().eval(data={"text": text, "pattern": pattern})


@cache
def _matches() -> cel.Expression:
    return cel.NewEnv(variables=_ANY).compile("text.matches(pattern)")
