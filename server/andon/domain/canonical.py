"""Canonical JSON (RFC 8785), the form that is hashed and stored."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from json.encoder import encode_basestring
from typing import Final, TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, Json]

_EXACT: Final = float(1 << 53)
_LEAST: Final = -_EXACT
quoted: Final = encode_basestring
"""A string as JSON writes it."""
_CONSTANTS: Final = {None: "null", True: "true", False: "false"}


class Document(Mapping[str, Json]):
    """A JSON object kept as its canonical text, and parsed when somebody looks into it.

    Most decisions pass without anybody doing so. Equal to any mapping that holds the same.
    """

    __slots__ = ("_value", "text")

    def __init__(self, text: str) -> None:
        self.text: Final = text
        self._value: Mapping[str, Json] | None = None

    @property
    def value(self) -> Mapping[str, Json]:
        """The object as plain dictionaries and lists."""
        if self._value is None:
            self._value = json.loads(self.text)
        return self._value

    def __getitem__(self, key: str) -> Json:
        return self.value[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.value)

    def __len__(self) -> int:
        return len(self.value)

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Document({self.text!r})"


def canonical(value: Json) -> str:
    """Renders JSON by RFC 8785: keys in UTF-16 order, numbers as ECMAScript writes them, no white space.

    Raises ValueError for NaN and infinity, which JSON does not have, and for whole numbers too large for a double.
    """
    # Concrete types first: this is on the path of every submission, and asking an abstract class is slow.
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None or isinstance(value, bool):
        return _CONSTANTS[value]
    if isinstance(value, (float, int)):
        return number(value)
    if isinstance(value, Document):
        return value.text
    if not isinstance(value, (list, tuple)) and isinstance(value, (dict, Mapping)):
        return "{" + ",".join([f"{encode_basestring(key)}:{canonical(value[key])}" for key in key_order(value)]) + "}"
    return "[" + ",".join([canonical(item) for item in value]) + "]"


def key_order(keys: Iterable[str]) -> list[str]:
    """Keys in the order RFC 8785 asks for: that of their UTF-16 code units."""
    found = sorted(keys)
    if "".join(found).isascii():
        return found
    return sorted(found, key=lambda key: key.encode("utf-16-be", "surrogatepass"))


def digest(text: str) -> str:
    """SHA-256 of the UTF-8 text, in lower-case hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def parse(text: str) -> Json:
    """Reads JSON text."""
    value: Json = json.loads(text)
    return value


def number(value: float) -> str:
    """Renders a number as ECMAScript's Number::toString does (ECMA-262, section 6.1.6.1.20).

    Raises ValueError as `canonical` does.
    """
    if _LEAST < value < _EXACT:
        text = repr(value + 0.0)  # -0.0 becomes 0.0
        if text[-2:] == ".0":
            return text[:-2]
        return _ecmascript(text) if "e" in text else text
    real = _double(value)
    if not math.isfinite(real):
        raise ValueError("JSON has no NaN and no infinity")
    text = repr(real)
    return _ecmascript(text) if "e" in text else text.removesuffix(".0")


def _double(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        raise ValueError("the number is too large for JSON") from None


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
