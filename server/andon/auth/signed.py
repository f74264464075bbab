"""Signed tokens (JWT, RFC 7519 and 8725) as bearers send them: proven once, then known by SHA-256 until they end."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path
from typing import Any, Final

import jwt

from andon.auth.authenticator import KeysWanted, Peer
from andon.auth.claims import Unfit, check, principal_of
from andon.auth.fetching import Fetcher
from andon.auth.identities import Certificate, Identities, IdentityFileError, Issuer, files_beside, read_identities
from andon.auth.keyring import Fetch, Key, Keyring
from andon.auth.rights import grows
from andon.auth.tokens import safe
from andon.domain.clock import Clock, SystemClock
from andon.domain.errors import CredentialsInvalid, IssuerUnavailable
from andon.domain.principal import Principal
from andon.files import Stamp, stamp
from andon.telemetry.logs import get_logger

MOST_VERIFIED: Final = 10_000
MOST_ENDS: Final = 10_000
"""Moments at which credentials end that are kept; beyond them every look goes through all that is under way."""
MOST_LENGTH: Final = 16 * 1024
MOST_MIXED: Final = 10
"""Warnings of one file about entries that widen each other."""
BY_TOKEN: Final = "jwt:"
BY_CERTIFICATE: Final = "certificate:"
_TYPES: Final = frozenset({"jwt", "at+jwt", "application/jwt", "application/at+jwt"})
_JWS: Final = jwt.PyJWS()
_log = get_logger("andon.auth")


@dataclass(frozen=True, slots=True)
class _Token:
    """A token taken apart; nothing of it is proven yet."""

    text: str
    header: Mapping[str, Any]
    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Verified:
    """A token that was proven: whom it makes, and what by."""

    principal: Principal
    claims: Mapping[str, Any]
    issuer: str
    key: Key
    algorithm: str


class IdentityFile:
    """Those whom others vouch for: issuers by signed tokens, authorities by certificates.

    A change on disk that is broken leaves the last good one in force. `fault` says why what is on disk is not in
    force; empty where it is. `warnings` are what else to mend.
    """

    def __init__(self, path: Path, clock: Clock | None = None, fetch: Fetch | None = None) -> None:
        """Raises IdentityFileError with every fault, by line."""
        self._path: Final = path
        self._clock: Final = clock or SystemClock()
        self._fetch: Final = fetch or Fetcher()
        self._verified: OrderedDict[str, _Verified] = OrderedDict()
        self._rings: dict[str, Keyring] = {}
        self._issuers: dict[str, Issuer] = {}
        self._ends: set[int] = set()
        self._crowded_until = 0
        self._withdrawn = False
        self._round = 0
        self._beside = files_beside(path)
        self._stamp = self._stamps()
        self.fault = ""
        self.warnings: Sequence[str] = ()
        self.current_file = Identities()
        self._take()

    def authenticate(self, token: str) -> Principal:
        """Whose token it is. Raises CredentialsInvalid, IssuerUnavailable, KeysWanted where to wait and ask again."""
        digest = hashlib.sha256(token.encode(errors="replace")).hexdigest()
        known = self._verified.get(digest)
        if known is not None and not _is_over(known.principal, self._clock.now()):
            self._verified.move_to_end(digest)
            return known.principal
        try:
            return self._verify(_taken_apart(token), digest).principal
        except Unfit as error:
            _log.info("signed token not taken", why=error.why)
            raise

    def of_certificate(self, peer: Peer) -> Principal | None:
        """Who has a certificate with these names; the file's first entry that fits. None for nobody.

        Raises CredentialsInvalid where it has expired since the connection was made.
        """
        if peer.expire_time is not None and peer.expire_time <= self._clock.now():
            raise CredentialsInvalid
        entry = next((each for each in self.current_file.certificates if each.name in peer.subjects), None)
        if entry is None:
            return None
        self._note_end(peer.expire_time)
        return _certified(entry, peer)

    def current(self, principal: Principal) -> Principal | None:
        """Whom the credentials stand for by now; None where for nobody.

        A token that has fallen out of memory is judged anew when it is shown anew: after a change of the file its
        bearer counts as one with other rights.
        """
        if _is_over(principal, self._clock.now()):
            return None
        if principal.credential.startswith(BY_CERTIFICATE):
            subjects = json.loads(principal.credential.removeprefix(BY_CERTIFICATE))
            return self.of_certificate(Peer(tuple(subjects), principal.expire_time))
        _, turn, digest = principal.credential.split(":")
        known = self._verified.get(digest)
        if known is not None:
            return known.principal
        return principal if turn == str(self._round) else replace(principal, roles=frozenset())

    def step(self) -> bool:
        """Reads the file again if it has changed since the last look; True where it had, for better or worse."""
        if self._stamps() == self._stamp:
            return False
        self._beside = files_beside(self._path)
        self._stamp = self._stamps()
        try:
            self._take()
        except IdentityFileError as error:
            self.fault = str(error)
        else:
            self.fault = ""
        return True

    def ask(self) -> None:
        """Begins to fetch keys that are missing or old; call it now and then."""
        for ring in self._rings.values():
            ring.step()

    def ended(self, since: int, now: int) -> bool:
        """Whether credentials have expired until `now` (µs) or a key was withdrawn since the last look; once."""
        over = {end for end in self._ends if end <= now}
        if not over and not self._withdrawn and not self._crowded_until:
            return False
        self._ends -= over
        if self._crowded_until <= now:
            self._crowded_until = 0
        self._round += self._withdrawn  # who is not among the proven must show the token anew
        self._withdrawn = False
        lost = [
            digest
            for digest, known in self._verified.items()
            if _is_over(known.principal, now) or not self._rings[known.issuer].knows(known.key)
        ]
        for digest in lost:
            del self._verified[digest]
        return True

    async def close(self) -> None:
        """Ends the fetches under way."""
        for ring in self._rings.values():
            await ring.close()

    def _stamps(self) -> tuple[Stamp, ...]:
        return tuple(map(stamp, (self._path, *self._beside)))

    def _note_end(self, end: int | None) -> None:
        if end is None or end in self._ends:
            return
        if len(self._ends) < MOST_ENDS:
            self._ends.add(end)
        else:
            self._crowded_until = max(self._crowded_until, end)

    def _take(self) -> None:
        warnings, found = safe(self._path, IdentityFileError, "identity file"), read_identities(self._path)
        before, self._issuers = self._issuers, {issuer.url: issuer for issuer in found.issuers}
        rings = {}
        for url, issuer in self._issuers.items():
            same = url in before and _source(before[url]) == _source(issuer)
            rings[url] = self._rings.pop(url) if same else Keyring(issuer, self._fetch, self._clock, self._withdraw)
        for ring in self._rings.values():
            ring.stop()
        self._rings, self.current_file = rings, found
        self.warnings = (*warnings, *_alike(found), *_mixed(found))
        self._round += 1
        self._judge_anew()

    def _withdraw(self) -> None:
        self._withdrawn = True

    def _judge_anew(self) -> None:
        """What was proven stays proven, but perhaps not for us, and not for the same rights."""
        now, before = self._clock.now(), self._verified
        self._verified = OrderedDict()
        for digest, known in before.items():
            issuer = self._issuers.get(known.issuer)
            if issuer is None or known.algorithm not in issuer.algorithms:
                continue
            if not self._rings[known.issuer].knows(known.key):
                continue
            try:
                principal = self._principal(known.claims, issuer, digest, now)
            except Unfit:
                continue
            self._verified[digest] = replace(known, principal=principal)

    def _verify(self, token: _Token, digest: str) -> _Verified:
        issuer = self._issuers.get(str(token.claims.get("iss")))
        if issuer is None:
            raise Unfit("no issuer that is known")
        algorithm, identity = _named(token.header, issuer)
        key = self._key(issuer, identity, algorithm)
        try:
            _JWS.decode(token.text, key.public, algorithms=[algorithm])
        except jwt.PyJWTError:
            raise Unfit("its signature is not the issuer's") from None
        principal = self._principal(token.claims, issuer, digest, self._clock.now())
        known = self._verified[digest] = _Verified(principal, token.claims, issuer.url, key, algorithm)
        self._note_end(principal.expire_time)
        while len(self._verified) > MOST_VERIFIED:
            self._verified.popitem(last=False)
        return known

    def _key(self, issuer: Issuer, identity: str, algorithm: str) -> Key:
        ring = self._rings[issuer.url]
        key = ring.find(identity, algorithm)
        if key is not None:
            return key
        if not ring.lacks(identity):
            raise Unfit("its key is for another algorithm, or it names none")
        if ring.may_ask and not ring.crowded:
            raise KeysWanted(issuer.url, ring.renewed)
        raise IssuerUnavailable(issuer=issuer.url) if ring.fault or ring.crowded else Unfit("no key of that name")

    def _principal(self, claims: Mapping[str, Any], issuer: Issuer, digest: str, now: int) -> Principal:
        end = check(claims, issuer, now)
        return principal_of(claims, issuer, end, f"{BY_TOKEN}{self._round}:{digest}")


def _alike(found: Identities) -> Sequence[str]:
    """Issuers whose people can't be told apart by their names."""
    seen: dict[str, str] = {}
    doubles = [
        (seen[each.prefix], each.url) for each in found.issuers if seen.setdefault(each.prefix, each.url) != each.url
    ]
    return [f"{first} and {second} have the same `prefix`: one name of both is one person" for first, second in doubles]


def _mixed(found: Identities) -> Sequence[str]:
    """Entries of one issuer that widen what another bounds, for whoever has both."""
    return [
        f"{issuer.url}: whoever has `{one.claim}` {one.value} and `{other.claim}` {other.value} has the roles of the"
        " first within the bounds of both"
        for issuer in found.issuers
        for one, other in permutations(issuer.mappings, 2)
        if grows(one.rights, other.rights)
    ][:MOST_MIXED]


def _certified(entry: Certificate, peer: Peer) -> Principal:
    """The credential holds all names, for another of them may decide after a change of the file."""
    credential = f"{BY_CERTIFICATE}{json.dumps(peer.subjects)}"
    return entry.rights.of(entry.principal, expire_time=peer.expire_time, credential=credential)


def _is_over(principal: Principal, now: int) -> bool:
    return principal.expire_time is not None and principal.expire_time <= now


def _source(issuer: Issuer) -> tuple[object, ...]:
    """Where its keys come from: what else changes of it leaves them as they are."""
    return issuer.jwks_url, issuer.authorities


def _named(header: Mapping[str, Any], issuer: Issuer) -> tuple[str, str]:
    """Algorithm and id of the key by which a token says it is signed. What else its header offers is never read."""
    algorithm, identity, kind = header.get("alg"), header.get("kid", ""), header.get("typ", "JWT")
    if algorithm not in issuer.algorithms:
        raise Unfit("an algorithm that is not allowed")
    if "crit" in header or "b64" in header:
        raise Unfit("its header asks for more than we know")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise Unfit("another kind of token")
    if not isinstance(identity, str):
        raise Unfit("its key's id is no text")
    return str(algorithm), identity


def _taken_apart(token: str) -> _Token:
    """Raises Unfit where it is none."""
    parts = token.split(".")
    if len(token) > MOST_LENGTH or not token.isascii() or len(parts) != 3:
        raise Unfit("it is malformed")
    return _Token(token, _object(parts[0]), _object(parts[1]))


def _object(part: str) -> Mapping[str, Any]:
    try:
        found = json.loads(base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise Unfit("it is malformed") from None
    if not isinstance(found, dict):
        raise Unfit("it is malformed")
    return found
