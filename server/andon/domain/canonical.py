"""Canonical JSON (RFC 8785), the form that is hashed and stored."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring
from typing import Final, TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, Json]

_EXACT: Final = 1 << 53
_CONSTANTS: Final = {None: "null", True: "true", False: "false"}


def canonical(value: Json) -> str:
    """Renders JSON by RFC 8785: keys in UTF-16 order, numbers as ECMAScript writes them, no white space.

    Raises ValueError for NaN and infinity, which JSON does not have.
    """
    # Concrete types first: this is on the path of every submission, and asking an abstract class is slow.
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (float, int)):
        return number(value)
    if value is None:
        return "null"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join([canonical(item) for item in value]) + "]"
    if isinstance(value, (dict, Mapping)):
        return "{" + ",".join([f"{encode_basestring(key)}:{canonical(value[key])}" for key in _sorted(value)]) + "}"
    return "[" + ",".join([canonical(item) for item in value]) + "]"


def digest(text: str) -> str:
    """SHA-256 of the UTF-8 text, in lower-case hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def parse(text: str) -> Json:
    """Reads JSON text."""
    value: Json = json.loads(text)
    return value


def number(value: float) -> str:
    """Renders a number as ECMAScript's Number::toString does (ECMA-262, section 6.1.6.1.20)."""
    if isinstance(value, int) and -_EXACT < value < _EXACT:
        return str(value)
    real = float(value)
    if not math.isfinite(real):
        raise ValueError("JSON has no NaN and no infinity")
    if real.is_integer() and -_EXACT < real < _EXACT:
        return str(int(real))
    text = repr(real)
    if "e" not in text:
        return text
    return _ecmascript(text)


def _ecmascript(text: str) -> str:
    """Turns Python's exponent form into ECMAScript's: fixed for exponents -7 < e < 21, no zeros in the exponent."""
    sign = "-" if text[0] == "-" else ""
    mantissa, _, power = text.lstrip("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits, exponent = whole + fraction, int(power)
    if -7 < exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    if 0 <= exponent < 21:
        return f"{sign}{digits.ljust(exponent + 1, '0')}"
    return f"{sign}{mantissa}e{'+' if exponent > 0 else '-'}{abs(exponent)}"


def _sorted(value: Mapping[str, Json]) -> list[str]:
    keys = list(value)
    if "".join(keys).isascii():
        return sorted(keys)
    return sorted(keys, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
