"""Canonical JSON (RFC 8785), the form whose SHA-256 receipts name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from json.encoder import encode_basestring
from math import isfinite
from typing import Any, Final

_CONSTANTS: Final = {None: "null", True: "true", False: "false"}


def canonical(value: Any) -> str:
    """JSON with its keys in UTF-16 order, numbers as ECMAScript writes doubles, and no white space.

    Raises ValueError for NaN, infinity and whole numbers that no double holds, TypeError for what JSON does not have.
    """
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None or isinstance(value, bool):
        return _CONSTANTS[value]
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{encode_basestring(key)}:{canonical(value[key])}" for key in keys) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(canonical, value)) + "]"
    raise TypeError(f"JSON has no {type(value).__name__}")


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON, in lower-case hexadecimal."""
    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()


def _number(value: float) -> str:
    try:
        real = float(value) + 0.0  # -0.0 becomes 0.0
    except OverflowError:
        raise ValueError("the number is too large for JSON") from None
    if not isfinite(real):
        raise ValueError("JSON has no NaN and no infinity")
    text = repr(real)
    return _ecmascript(text) if "e" in text else text.removesuffix(".0")


def _ecmascript(text: str) -> str:
    """Python's form with an exponent as ECMAScript's: fixed for exponents -7 < e < 21, no zeros in the exponent."""
    sign = "-" if text[0] == "-" else ""
    mantissa, _, power = text.lstrip("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits, exponent = whole + fraction, int(power)
    if -7 < exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    if 0 <= exponent < 21:
        return f"{sign}{digits.ljust(exponent + 1, '0')}"
    return f"{sign}{mantissa}e{'+' if exponent > 0 else '-'}{abs(exponent)}"
