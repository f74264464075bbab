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
        self._head = ""
        self._bits = RandomBits()

    def next(self) -> str:
        """The next id: 36 characters, lower-case hexadecimal with hyphens."""
        millisecond = self._clock.now() // MILLISECOND
        if millisecond > self._millisecond:
            self._begin(millisecond)
        else:
            self._random += 1 + self._bits(32)
            if self._random >= _COUNTER_LIMIT:
                self._begin(self._millisecond + 1)
        random = self._random
        return f"{self._head}{random >> 62:03x}-{0x8000 | random >> 48 & 0x3FFF:04x}-{random & 0xFFFFFFFFFFFF:012x}"

    def _begin(self, millisecond: int) -> None:
        self._millisecond, self._random = millisecond, self._bits(_RANDOM_BITS - 1)
        self._head = f"{millisecond >> 16:08x}-{millisecond & 0xFFFF:04x}-7"
