"""XAES-256-GCM against the test vectors of its specification (https://c2sp.org/XAES-256-GCM)."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.exceptions import InvalidTag

from andon.vault.xaes import Xaes

NONCE = b"ABCDEFGHIJKLMNOPQRSTUVWX"
TEXT = b"XAES-256-GCM"


@pytest.mark.parametrize(
    ("key", "about", "sealed"),
    [
        (1, b"", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
        (3, b"c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
    ],
)
def test_the_vectors(key: int, about: bytes, sealed: str) -> None:
    cipher = Xaes(bytes([key]) * 32)
    assert cipher.encrypt(NONCE, TEXT, about).hex() == sealed
    assert cipher.decrypt(NONCE, bytes.fromhex(sealed), about) == TEXT


def test_ten_thousand_texts() -> None:
    stream = iter(hashlib.shake_128().digest(6_000_000))

    def read(size: int) -> bytes:
        return bytes(next(stream) for _ in range(size))

    told = hashlib.shake_128()
    for _ in range(10_000):
        cipher, nonce = Xaes(read(32)), read(24)
        text, about = read(*read(1)), read(*read(1))
        told.update(cipher.encrypt(nonce, text, about))
    assert told.hexdigest(32) == "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939"


def test_one_key_serves_many_threads() -> None:
    cipher = Xaes(bytes(32))

    def there_and_back(number: int) -> bytes:
        nonce = number.to_bytes(24, "big")
        return cipher.decrypt(nonce, cipher.encrypt(nonce, nonce, b""), b"")

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(there_and_back, range(2000))) == [number.to_bytes(24, "big") for number in range(2000)]


def test_what_is_not_as_it_was_is_refused() -> None:
    cipher = Xaes(bytes(32))
    sealed = cipher.encrypt(NONCE, TEXT, b"")
    for nonce in (NONCE[::-1], NONCE[:12] + bytes(12)):
        with pytest.raises(InvalidTag):
            cipher.decrypt(nonce, sealed, b"")
    with pytest.raises(ValueError, match="24 bytes"):
        cipher.decrypt(NONCE[:12], sealed, b"")
