"""The public keys of one issuer: fetched in the background, kept while the issuer is down, rotated as it rotates them.

A set is fetched when a token names a key that is not known, by one fetch for all who wait, at most every PAUSE; and
again when it has become REFRESH old, so that a key the issuer has withdrawn is not trusted for ever.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from andon.auth.fetching import Fetched, FetchError
from andon.auth.identities import Issuer
from andon.domain.clock import MINUTE, SECOND, Clock
from andon.telemetry.logs import get_logger

PAUSE: Final = 10 * SECOND
REFRESH: Final = 5 * MINUTE
MOST_KEYS: Final = 100
MOST_WAITING: Final = 64
"""Calls that may wait for one issuer at once: each has a place among those at work."""
LEAST_RSA, MOST_RSA = 2048, 8192
"""Bits. To check a signature takes the longer the more there are."""
_CURVES: Final = {"ES256": "secp256r1", "ES384": "secp384r1", "ES512": "secp521r1"}
_KINDS: Final = frozenset({"RSA", "EC", "OKP"})
_log = get_logger("andon.auth")

PublicKey: TypeAlias = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey
Fetch: TypeAlias = Callable[[Issuer], Awaitable[Fetched]]


@dataclass(frozen=True, slots=True)
class Key:
    """One public key. `algorithm` is the only one it is for; empty where it does not say."""

    id: str
    public: PublicKey
    algorithm: str

    def fits(self, algorithm: str) -> bool:
        """Whether a signature of this algorithm can be by this key."""
        if self.algorithm and self.algorithm != algorithm:
            return False
        if isinstance(self.public, RSAPublicKey):
            return algorithm[:2] in ("RS", "PS")
        if isinstance(self.public, EllipticCurvePublicKey):
            return _CURVES.get(algorithm) == self.public.curve.name
        return algorithm == "EdDSA"


def read_keys(text: str) -> tuple[Key, ...]:
    """The keys of a JWKS (RFC 7517) that can be used; others are passed over. Raises FetchError where it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise FetchError("its keys are not JSON") from None
    members = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(members, list):
        raise FetchError("its keys are no JWKS")
    return tuple(key for member in members[:MOST_KEYS] if (key := _key(member)) is not None)


def _key(member: Any) -> Key | None:
    if not isinstance(member, dict) or str(member.get("kty")) not in _KINDS or member.get("use", "sig") != "sig":
        return None
    operations, algorithm = member.get("key_ops", ["verify"]), member.get("alg", "")
    if not isinstance(operations, list) or "verify" not in operations or not isinstance(algorithm, str):
        return None
    plain = {name: member[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in member}
    public = _public(plain)
    identity = member.get("kid", "")
    return Key(identity, public, algorithm) if public is not None and isinstance(identity, str) else None


def _public(plain: Mapping[str, Any]) -> PublicKey | None:
    curves = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
    try:
        assumed = {"RSA": "RS256", "OKP": "EdDSA"}.get(str(plain["kty"])) or curves[plain["crv"]]
        public = jwt.PyJWK(dict(plain), algorithm=assumed).key
    except Exception:  # what a library may raise for a hostile key
        return None
    if isinstance(public, RSAPublicKey) and not LEAST_RSA <= public.key_size <= MOST_RSA:
        return None
    return public if isinstance(public, RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey) else None


class Keyring:
    """The keys of one issuer, as far as they are known."""

    def __init__(self, issuer: Issuer, fetch: Fetch, clock: Clock, changed: Callable[[], None]) -> None:
        """`changed` is called when keys that were known no longer are."""
        self._issuer = issuer
        self._fetch = fetch
        self._clock = clock
        self._changed = changed
        self._keys: tuple[Key, ...] = ()
        self._begun: int | None = None
        self._had: int | None = None
        self._task: asyncio.Task[None] | None = None
        self._waiting = 0
        self.fault = ""
        """Why the last fetch gave no keys; empty where it did."""

    def find(self, identity: str, algorithm: str) -> Key | None:
        """The key of that id, which must be for this algorithm. A token may name none where there is a single key."""
        if not identity:
            return self._keys[0] if len(self._keys) == 1 and self._keys[0].fits(algorithm) else None
        return next((key for key in self._keys if key.id == identity and key.fits(algorithm)), None)

    def lacks(self, identity: str) -> bool:
        """Whether the issuer may have a key of that id, or any at all, that is not known here."""
        return all(key.id != identity for key in self._keys) if identity else not self._keys

    def knows(self, key: Key) -> bool:
        """Whether the issuer still has it."""
        return key in self._keys

    @property
    def may_ask(self) -> bool:
        """Whether it is of use to wait for the issuer now."""
        under_way = self._task is not None and not self._task.done()
        return under_way or self._begun is None or self._clock.now() - self._begun >= PAUSE

    @property
    def crowded(self) -> bool:
        """Whether so many wait for the issuer that another would take a place that calls of others need."""
        return self._waiting >= MOST_WAITING

    async def renewed(self) -> None:
        """Returns once the issuer has been asked, for better or worse; a fetch under way serves all who wait."""
        self._waiting += 1
        try:
            await asyncio.wait((self._asking(),))
        finally:
            self._waiting -= 1

    def step(self) -> None:
        """Begins to ask where there is nothing yet, or what is there is old."""
        old = self._had is None or self._clock.now() - self._had >= REFRESH
        if old and self.may_ask:
            self._asking()

    def stop(self) -> None:
        """Ends the fetch under way; who waits for it goes on."""
        if self._task is not None:
            self._task.cancel()

    async def close(self) -> None:
        """Ends the fetch under way, and returns once it has."""
        self.stop()
        if self._task is not None:
            await asyncio.wait((self._task,))

    def _asking(self) -> asyncio.Task[None]:
        if self._task is None or self._task.done():
            self._begun = self._clock.now()
            self._task = asyncio.create_task(self._ask(), name="keys")
        return self._task

    async def _ask(self) -> None:
        try:
            fetched = await self._fetch(self._issuer)
            keys = read_keys(fetched)
        except Exception as error:  # also what a library may raise for hostile keys
            known = isinstance(error, FetchError)
            self.fault = str(error) if known else f"its keys can't be read ({type(error).__name__})"
            _log.warning(
                "keys not had; those known stay", issuer=self._issuer.url, why=self.fault, keys=len(self._keys)
            )
            return
        self.fault, self._had = "", self._clock.now()
        if keys != self._keys:
            _log.info("keys taken", issuer=self._issuer.url, keys=[key.id for key in keys])
        withdrawn = any(key not in keys for key in self._keys)
        self._keys = keys
        if withdrawn:
            self._changed()
