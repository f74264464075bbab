"""Signing keys: Ed25519 pairs as JSON Web Keys (RFC 8037), and what has become of each."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from andon.domain.canonical import JsonObject, canonical
from andon.domain.clock import SECOND
from andon.domain.notes import thumbprint

_WORD: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_MEMBERS: Final = ("kty", "crv", "kid", "x", "d", "state", "create_time", "retire_time", "revoke_time")
_STAMP: Final = "%Y-%m-%dT%H:%M:%SZ"


class KeyState(StrEnum):
    """What has become of a key."""

    ACTIVE = "active"
    """It may sign; of several, the last one does."""
    RETIRED = "retired"
    """It signs no more, and what it has signed stays good. Its private part is gone."""
    REVOKED = "revoked"
    """What it has signed counts no more. It is not published."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key. Times are µs since the epoch, in whole seconds; 0 where that has not happened."""

    public: bytes
    state: KeyState
    create_time: int
    private: Ed25519PrivateKey | None = field(default=None, repr=False, compare=False)
    retire_time: int = 0
    revoke_time: int = 0

    @property
    def kid(self) -> str:
        """The key's RFC 7638 thumbprint."""
        return thumbprint(self.public)

    @property
    def jwk(self) -> JsonObject:
        """The public part."""
        return {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": _text(self.public),
            "kid": self.kid,
            "alg": "EdDSA",
            "use": "sig",
        }

    def retired(self, now: int) -> SigningKey:
        """The key without its private part, good for what it has signed."""
        return replace(self, state=KeyState.RETIRED, private=None, retire_time=_whole(now))

    def revoked(self, now: int) -> SigningKey:
        """The key that is trusted no more."""
        return replace(self, state=KeyState.REVOKED, private=None, revoke_time=_whole(now))

    def kept(self) -> JsonObject:
        """What the file keeps: with the private part, where there is one."""
        kept: dict[str, Any] = {"kty": "OKP", "crv": "Ed25519", "kid": self.kid, "x": _text(self.public)}
        if self.private is not None:
            kept["d"] = _text(self.private.private_bytes_raw())
        kept |= {"state": self.state.value, "create_time": stamp(self.create_time)}
        times = {"retire_time": self.retire_time, "revoke_time": self.revoke_time}
        return kept | {name: stamp(time) for name, time in times.items() if time}


@dataclass(frozen=True)
class KeyRing:
    """All keys, oldest first: a `Signer`. One of them is active at least."""

    keys: tuple[SigningKey, ...]

    @classmethod
    def fresh(cls, now: int) -> KeyRing:
        """A ring of one new key."""
        return cls((new_key(now),))

    def sign(self, message: bytes) -> tuple[str, bytes]:
        """Signs with the newest active key."""
        kid, private = self._signing
        return kid, private.sign(message)

    def jwks(self) -> JsonObject:
        """The keys that are not revoked: the one that signs first, then the newest."""
        return self._jwks

    def revoked_keys(self) -> Sequence[bytes]:
        """The public parts of those that are revoked."""
        return [key.public for key in self.keys if key.state is KeyState.REVOKED]

    def states(self) -> JsonObject:
        """What the ledger keeps of the keys: ids, states and public parts."""
        return {"keys": [{"kid": key.kid, "state": key.state.value, "x": _text(key.public)} for key in self.keys]}

    def rotated(self, now: int) -> KeyRing:
        """With a new key that signs from now on; those before are retired."""
        return KeyRing((*(_if_active(key, now) for key in self.keys), new_key(now)))

    def retired(self, kid: str, now: int) -> KeyRing:
        """With an active key retired. A new one takes its place where it was the last. LookupError: there is none."""
        return self._with(kid, (KeyState.ACTIVE,), lambda key: key.retired(now), now)

    def revoked(self, kid: str, now: int) -> KeyRing:
        """With a key revoked. A new one takes its place where no active one is left. LookupError: there is none."""
        return self._with(kid, (KeyState.ACTIVE, KeyState.RETIRED), lambda key: key.revoked(now), now)

    def _with(self, kid: str, states: Sequence[KeyState], change: Any, now: int) -> KeyRing:
        if not any(key.kid == kid and key.state in states for key in self.keys):
            raise LookupError(kid)
        keys = tuple(change(key) if key.kid == kid else key for key in self.keys)
        return KeyRing(keys if any(key.private for key in keys) else (*keys, new_key(now)))

    @cached_property
    def _signing(self) -> tuple[str, Ed25519PrivateKey]:
        return next((key.kid, key.private) for key in reversed(self.keys) if key.private is not None)

    @cached_property
    def _jwks(self) -> JsonObject:
        published = [key for key in reversed(self.keys) if key.state is not KeyState.REVOKED]
        return {"keys": [key.jwk for key in sorted(published, key=lambda key: key.state is not KeyState.ACTIVE)]}


def new_key(now: int) -> SigningKey:
    """A fresh active key. Its id begins with no `-`, so that it is no flag on a command line."""
    while True:
        private = Ed25519PrivateKey.generate()
        key = SigningKey(private.public_key().public_bytes_raw(), KeyState.ACTIVE, _whole(now), private)
        if not key.kid.startswith("-"):
            return key


def stamp(time: int) -> str:
    """A time as the file writes it: RFC 3339 in UTC, by the second."""
    return datetime.fromtimestamp(time // SECOND, UTC).strftime(_STAMP)


def render(ring: KeyRing) -> str:
    """The file's text: JSON, one key a line."""
    lines = ",\n".join(f"    {canonical(key.kept())}" for key in ring.keys)
    return f'{{\n  "keys": [\n{lines}\n  ]\n}}\n'


def read(data: Any) -> KeyRing:
    """The ring in a file's JSON. Raises ValueError with what is wrong in words that quote no key."""
    if not (isinstance(data, Mapping) and isinstance(data.get("keys"), list)):
        raise ValueError('must be an object with a list "keys"')
    keys = tuple(_key(entry, f"key {place}") for place, entry in enumerate(data["keys"], 1))
    if len({key.kid for key in keys}) < len(keys):
        raise ValueError("holds the same key twice")
    if not any(key.private for key in keys):
        raise ValueError("holds no active key")
    return KeyRing(keys)


def _key(entry: Any, where: str) -> SigningKey:
    if not isinstance(entry, Mapping) or entry.get("kty") != "OKP" or entry.get("crv") != "Ed25519":
        raise ValueError(f"{where}: is no Ed25519 key (kty OKP, crv Ed25519)")
    if unknown := next((member for member in entry if member not in _MEMBERS), ""):
        raise ValueError(f"{where}: unknown member {unknown!r}")
    try:
        state = KeyState(entry.get("state", ""))
    except ValueError:
        raise ValueError(f"{where}: `state` must be one of {', '.join(KeyState)}") from None
    private = Ed25519PrivateKey.from_private_bytes(_bytes(entry, "d", where)) if "d" in entry else None
    key = SigningKey(_bytes(entry, "x", where), state, _time(entry, "create_time", where), private,
                     _time(entry, "retire_time", where), _time(entry, "revoke_time", where))  # fmt: skip
    if why := _misfit(key, entry):
        raise ValueError(f"{where}: {why}")
    return key


def _misfit(key: SigningKey, entry: Mapping[str, Any]) -> str:
    if key.private is not None and key.private.public_key().public_bytes_raw() != key.public:
        return "`d` and `x` are not of one pair"
    if (key.private is not None) is not (key.state is KeyState.ACTIVE):
        return "an active key has its private part `d`, and no other key has"
    return "" if entry.get("kid", key.kid) == key.kid else "`kid` is not the key's thumbprint"


def _bytes(entry: Mapping[str, Any], member: str, where: str) -> bytes:
    text = entry.get(member)
    if not (isinstance(text, str) and _WORD.fullmatch(text)):
        raise ValueError(f"{where}: `{member}` must be 32 bytes in base64url")
    return urlsafe_b64decode(text + "=")


def _time(entry: Mapping[str, Any], member: str, where: str) -> int:
    if member not in entry:
        return 0
    try:
        moment = datetime.strptime(entry[member], _STAMP).replace(tzinfo=UTC)
    except (TypeError, ValueError):
        raise ValueError(f"{where}: `{member}` must be a time such as 2026-01-31T12:00:00Z") from None
    return int(moment.timestamp()) * SECOND


def _if_active(key: SigningKey, now: int) -> SigningKey:
    return key.retired(now) if key.state is KeyState.ACTIVE else key


def _whole(now: int) -> int:
    return now - now % SECOND


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
