"""Names made by the server: UUIDv7 (RFC 9562, section 5.7), so that they sort by age."""

from __future__ import annotations

import secrets
from typing import Final

from andon.domain.clock import MILLISECOND, Clock

_RANDOM_BITS: Final = 74
_COUNTER_LIMIT: Final = 1 << _RANDOM_BITS
_STOCK: Final = 1_024


class RandomBits:
    """Bits of the system's randomness, taken in stock: each call into the system lets go of the interpreter's lock."""

    def __init__(self) -> None:
        self._stock = b""
        self._taken = 0

    def __call__(self, bits: int) -> int:
        """A number of so many bits that nobody can guess."""
        size = (bits + 7) // 8
        start, end = self._taken, self._taken + size
        if len(self._stock) < end:
            self._stock, start, end = secrets.token_bytes(_STOCK), 0, size
        self._taken = end
        return int.from_bytes(self._stock[start:end], "big") >> (size * 8 - bits)


class Ids:
    """Makes UUIDv7 strings that ascend strictly within one process.

    Within one millisecond the 74 random bits are counted up by a random step (RFC 9562, section 6.2, method 2),
    so the order holds and the next id can't be guessed.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._millisecond = 0
        self._random = 0
        self._bits = RandomBits()

    def next(self) -> str:
        """The next id: 36 characters, lower-case hexadecimal with hyphens."""
        millisecond = self._clock.now() // MILLISECOND
        if millisecond > self._millisecond:
            self._millisecond = millisecond
            self._random = self._bits(_RANDOM_BITS - 1)
        else:
            self._random += 1 + self._bits(32)
            if self._random >= _COUNTER_LIMIT:
                self._millisecond += 1
                self._random = self._bits(_RANDOM_BITS - 1)
        return _format(self._millisecond, self._random)


def _format(millisecond: int, random: int) -> str:
    high, low = random >> 62, random & ((1 << 62) - 1)
    value = millisecond << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
