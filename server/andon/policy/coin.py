"""The keyed draw for random samples."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

_BITS: Final = 53
_KEY_ID: Final = b"andon coin key id"


class HmacCoin:
    """Draws by HMAC-SHA256 with a secret of the server: reproducible for its holder, unpredictable for callers.

    Raises ValueError for a secret of less than 16 bytes.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 16:
            raise ValueError("the coin's secret must have at least 16 bytes")
        self._secret = secret
        self._source = "hmac-sha256:" + hmac.digest(secret, _KEY_ID, hashlib.sha256).hex()[:6]

    @property
    def source(self) -> str:
        """`hmac-sha256:` and the secret's id, six hexadecimal digits of an HMAC that is used for nothing else."""
        return self._source

    def draw(self, decision_name: str, rule: str) -> float:
        """A number in [0, 1): the first 53 bits of HMAC-SHA256 over the decision's name and the rule."""
        block = hmac.digest(self._secret, f"{decision_name}\n{rule}".encode(), "sha256")
        return (int.from_bytes(block[:8], "big") >> (64 - _BITS)) / (1 << _BITS)
