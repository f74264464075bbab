"""Sealing: XAES-256-GCM, with a key for each subject, all of them encrypted with the store's."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections import OrderedDict
from collections.abc import Iterable
from functools import lru_cache, partial
from threading import Lock
from typing import Final, Never, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from andon.store.sealing import NOBODY, Cell, Held, Key, KeyRow, SealBroken
from andon.vault.service import KEY_BYTES
from andon.vault.xaes import NONCE_BYTES, Xaes

MOST_KEYS: Final = 16_384
"""Keys of subjects that are remembered at once. What works with a key holds it by itself."""
_HASHES: Final = 4096
_IDS: Final = 1 << 62
_ID: Final = re.compile(r"[1-9a-f][0-9a-f]{0,15}")
_END: Final = "."
_ALPHABET: Final = b"-_"


class SubjectKey:
    """A key of a subject, by its id."""

    __slots__ = ("cipher", "id")

    def __init__(self, id: int, key: bytes) -> None:
        """`key` has 32 bytes."""
        self.id: Final = id
        self.cipher: Final = Xaes(key)


class AesSealer:
    """See `andon.store.sealing.Sealer` for what each method promises."""

    def __init__(self, key: bytes, most: int = MOST_KEYS) -> None:
        """`key` is the store's, of 32 bytes."""
        self._wrapping: Final = Xaes(_derived(key, b"andon subject keys"))
        self._proving: Final = _derived(key, b"andon proofs")
        self._hashed: Final = lru_cache(maxsize=_HASHES)(partial(_hash, _derived(key, b"andon subjects")))
        self._most: Final = most
        self._lock: Final = Lock()
        self._keys: Final[OrderedDict[int, SubjectKey | None]] = OrderedDict()
        self._ids: Final[OrderedDict[str, int]] = OrderedDict()
        self.mark: Final = "sealed." + _text(_derived(key, b"andon mark")[:9])
        self.whole = False

    def subjects(self, subject: str) -> tuple[str, ...]:
        return (subject, self.hashed(subject)) if subject else (subject,)

    def hashed(self, subject: str) -> str:
        return self._hashed(subject) if subject else NOBODY

    def destroyed(self, key: int) -> str:
        return _hash(self._proving, f"destroyed {key}")

    def state(self, *, whole: bool) -> bytes:
        return _hash(self._proving, "whole" if whole else "partly").encode()

    def follow(self, state: bytes | None) -> None:
        if state not in (self.state(whole=True), self.state(whole=False)):
            raise SealBroken("what says whether all of it is encrypted is not as it was stored")
        self.whole = state == self.state(whole=True)

    def key_of(self, subject: str) -> Key | None:
        with self._lock:
            id = self._ids.get(self.hashed(subject))
            return None if id is None else self._keys.get(id)

    def known(self, ids: Iterable[int]) -> dict[int, Key | None]:
        found: dict[int, Key | None] = {}
        with self._lock:
            for id in ids:
                if id in self._keys:
                    self._keys.move_to_end(id)
                    found[id] = self._keys[id]
        return found

    def make(self, subject: str) -> KeyRow:
        id, hashed = 1 + secrets.randbelow(_IDS), self.hashed(subject)
        nonce = secrets.token_bytes(NONCE_BYTES)
        wrapped = nonce + self._wrapping.encrypt(nonce, secrets.token_bytes(KEY_BYTES), _of_key(id, hashed))
        return KeyRow(id, hashed, _text(wrapped))

    def learn(self, row: KeyRow) -> Key | None:
        if row.subject is None:
            self._learn_destroyed(row)
            return None
        wrapped = _bytes(row.wrapped)
        try:
            key = self._wrapping.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _of_key(row.id, row.subject))
        except (InvalidTag, ValueError):
            raise SealBroken(f"subject_key {row.id} is not as it was stored") from None
        held = SubjectKey(row.id, key)
        self._remember(row.id, held, row.subject)
        return held

    def forget(self) -> None:
        with self._lock:
            self._keys.clear()
            self._ids.clear()

    def seal(self, key: Key, cell: Cell, text: str) -> str:
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = cast("SubjectKey", key).cipher.encrypt(nonce, text.encode(), _of_cell(cell))
        return f"{self.mark}{key.id:x}{_END}{_text(nonce + sealed)}"

    def key_in(self, sealed: str) -> int:
        key, end, _ = sealed[len(self.mark) :].partition(_END)
        return int(key, 16) if end and _ID.fullmatch(key) else _broken()

    def open(self, held: Held, cell: Cell, sealed: str) -> str | None:
        id = self.key_in(sealed)
        if id not in held:
            raise SealBroken(f"{cell} is sealed with a key that never was")
        key = cast("SubjectKey | None", held[id])
        if key is None:
            return None
        stored = _bytes(sealed[sealed.index(_END, len(self.mark)) + 1 :])
        try:
            return key.cipher.decrypt(stored[:NONCE_BYTES], stored[NONCE_BYTES:], _of_cell(cell)).decode()
        except (InvalidTag, ValueError):
            raise SealBroken(f"{cell} is not as it was sealed") from None

    def _learn_destroyed(self, row: KeyRow) -> None:
        if not hmac.compare_digest(row.wrapped.encode(), self.destroyed(row.id).encode()):
            raise SealBroken(f"destroyed_key {row.id} is not as it was stored")
        self._remember(row.id, None, None)

    def _remember(self, id: int, held: SubjectKey | None, subject: str | None) -> None:
        with self._lock:
            self._keys[id] = held
            self._keys.move_to_end(id)
            if subject is not None:
                self._ids[subject] = id
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


def _of_cell(cell: Cell) -> bytes:
    """Neither ids nor names hold a space."""
    return f"{cell.decision_id} {cell.column} {cell.row}".encode()


def _text(stored: bytes) -> str:
    return base64.urlsafe_b64encode(stored).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), _ALPHABET, validate=True)
    except (binascii.Error, ValueError):
        return _broken()


def _broken() -> Never:
    raise SealBroken("what begins as sealed is not")
