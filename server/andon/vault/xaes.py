"""XAES-256-GCM (https://c2sp.org/XAES-256-GCM): a key and a nonce of 24 bytes derive the AES-256-GCM key of one text.

So nonces may be random however many texts one key encrypts.
"""

from __future__ import annotations

from threading import Lock
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import ECB

NONCE_BYTES: Final = 24
_BLOCK: Final = 16
_HALF: Final = 12
_POLYNOMIAL: Final = 0x87
_FIRST: Final = b"\x00\x01X\x00"
_SECOND: Final = b"\x00\x02X\x00"


class Xaes:
    """One key. It may be used from any thread."""

    def __init__(self, key: bytes) -> None:
        """`key` has 32 bytes."""
        # One block at a time, of which no two are alike: this is CMAC, by hand.
        self._blocks: Final = Cipher(AES256(key), ECB()).encryptor()  # nosec B305
        self._lock: Final = Lock()
        doubled = int.from_bytes(self._blocks.update(bytes(_BLOCK)), "big") << 1
        subkey = (doubled ^ _POLYNOMIAL if doubled >> 128 else doubled) & (1 << 128) - 1
        self._mask: Final = subkey << 128 | subkey

    def encrypt(self, nonce: bytes, text: bytes, about: bytes) -> bytes:
        """The text and its tag. The nonce is a fresh one of `NONCE_BYTES`."""
        return self._derived(nonce).encrypt(nonce[_HALF:], text, about)

    def decrypt(self, nonce: bytes, sealed: bytes, about: bytes) -> bytes:
        """The reverse. InvalidTag; ValueError for a nonce that is none."""
        return self._derived(nonce).decrypt(nonce[_HALF:], sealed, about)

    def _derived(self, nonce: bytes) -> AESGCM:
        if len(nonce) != NONCE_BYTES:
            raise ValueError(f"a nonce has {NONCE_BYTES} bytes")
        half = nonce[:_HALF]
        blocks = int.from_bytes(_FIRST + half + _SECOND + half, "big") ^ self._mask
        with self._lock:
            return AESGCM(self._blocks.update(blocks.to_bytes(2 * _BLOCK, "big")))
