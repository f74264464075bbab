"""Sealing: AES-256-GCM, with a key for each subject, all of them encrypted with the store's."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections import OrderedDict
from functools import lru_cache, partial
from threading import Lock
from typing import Final, Never

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from andon.store.sealing import NOBODY, KeyGone, KeyRow, SealBroken
from andon.vault.service import KEY_BYTES

MOST_KEYS: Final = 16_384
"""Keys of subjects that are held in memory at once."""
_NONCE: Final = 12
_HASHES: Final = 4096
_IDS: Final = 1 << 62
_END: Final = "."


class AesSealer:
    """See `andon.store.sealing.Sealer` for what each method promises."""

    def __init__(self, key: bytes, most: int = MOST_KEYS) -> None:
        """`key` is the store's, of 32 bytes."""
        self._wrapping: Final = AESGCM(_derived(key, b"andon subject keys"))
        self._hashed: Final = lru_cache(maxsize=_HASHES)(partial(_hash, _derived(key, b"andon subjects")))
        self._most: Final = most
        self._lock: Final = Lock()
        self._keys: Final[OrderedDict[int, AESGCM | None]] = OrderedDict()
        self._ids: Final[OrderedDict[str, int]] = OrderedDict()
        self.mark: Final = "sealed." + _text(_derived(key, b"andon mark")[:9])

    def subjects(self, subject: str) -> tuple[str, ...]:
        return (subject, self.hashed(subject)) if subject else (subject,)

    def hashed(self, subject: str) -> str:
        return self._hashed(subject) if subject else NOBODY

    def key_of(self, subject: str) -> int | None:
        with self._lock:
            key = self._ids.get(self.hashed(subject))
            return key if key is not None and self._keys.get(key) is not None else None

    def holds(self, key: int) -> bool:
        return key in self._keys

    def make(self, subject: str) -> KeyRow:
        id, hashed = 1 + secrets.randbelow(_IDS), self.hashed(subject)
        nonce = secrets.token_bytes(_NONCE)
        wrapped = nonce + self._wrapping.encrypt(nonce, secrets.token_bytes(KEY_BYTES), _of_key(id, hashed))
        return KeyRow(id, hashed, _text(wrapped))

    def learn(self, row: KeyRow) -> None:
        wrapped = _bytes(row.wrapped)
        try:
            key = self._wrapping.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], _of_key(row.id, row.subject))
        except (InvalidTag, ValueError):
            raise SealBroken(f"subject_key {row.id} is not as it was stored") from None
        self._remember(row.id, AESGCM(key), row.subject)

    def miss(self, key: int) -> None:
        self._remember(key, None, None)

    def forget(self) -> None:
        with self._lock:
            self._keys.clear()
            self._ids.clear()

    def seal(self, key: int, decision_id: str, column: str, text: str) -> str:
        held = self._held(key)
        if held is None:
            raise KeyGone
        nonce = secrets.token_bytes(_NONCE)
        sealed = held.encrypt(nonce, text.encode(), _of_cell(decision_id, column))
        return f"{self.mark}{key:x}{_END}{_text(nonce + sealed)}"

    def key_in(self, sealed: str) -> int:
        key, end, _ = sealed[len(self.mark) :].partition(_END)
        try:
            return int(key, 16) if end else _broken()
        except ValueError:
            return _broken()

    def open(self, decision_id: str, column: str, sealed: str) -> str | None:
        key = self.key_in(sealed)
        held = self._held(key)
        if held is None:
            return None if self.holds(key) else _broken()
        stored = _bytes(sealed[sealed.index(_END, len(self.mark)) + 1 :])
        try:
            text = held.decrypt(stored[:_NONCE], stored[_NONCE:], _of_cell(decision_id, column))
        except (InvalidTag, ValueError):
            raise SealBroken(f"{column} of decisions/{decision_id} is not as it was sealed") from None
        return text.decode()

    def _held(self, key: int) -> AESGCM | None:
        with self._lock:
            held = self._keys.get(key)
            if held is not None:
                self._keys.move_to_end(key)
            return held

    def _remember(self, key: int, held: AESGCM | None, subject: str | None) -> None:
        with self._lock:
            self._keys[key] = held
            self._keys.move_to_end(key)
            if subject is not None:
                self._ids[subject] = key
                self._ids.move_to_end(subject)
            while len(self._keys) > self._most:
                self._keys.popitem(last=False)
            while len(self._ids) > self._most:
                self._ids.popitem(last=False)


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, None, purpose).derive(key)


def _hash(key: bytes, subject: str) -> str:
    return hmac.digest(key, subject.encode(), hashlib.sha256).hex()


def _of_key(id: int, hashed: str) -> bytes:
    return f"key {id} {hashed}".encode()


def _of_cell(decision_id: str, column: str) -> bytes:
    return f"{decision_id} {column}".encode()


def _text(stored: bytes) -> str:
    return base64.urlsafe_b64encode(stored).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return _broken()


def _broken() -> Never:
    raise SealBroken("what begins as sealed is not, or its key is not at hand")
