"""What the claims of a token whose signature is good say: whether it is for us and in force, and who that makes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any, Final

from andon.auth.identities import Issuer, Mapping_
from andon.auth.rights import is_ours, together
from andon.domain.clock import SECOND
from andon.domain.errors import CredentialsInvalid
from andon.domain.principal import Principal

_NAME: Final = re.compile(r"[!-~]{1,128}")
_SPACED: Final = ("scope", "scp")
_LATEST: Final = 253_402_300_799  # the last second of the year 9999


class Unfit(CredentialsInvalid):
    """A token that is not taken. `why` is for the log: a caller is told no more than that it is invalid."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__()


def check(claims: Mapping[str, Any], issuer: Issuer, now: int) -> int:
    """The end (µs) of a token by this issuer that is meant for us and in force at `now` (µs). Raises Unfit.

    The leeway is for clocks that go ahead of ours: it lets a token begin early. No token lives longer than it says.
    """
    if claims.get("iss") != issuer.url:
        raise Unfit("another issuer")
    audience = claims.get("aud")
    given = audience if isinstance(audience, list) else [audience]
    if not any(isinstance(each, str) and each in issuer.audiences for each in given):
        raise Unfit("another audience")
    if "cnf" in claims:
        raise Unfit("it is bound to a key, which we can't check")
    end = _time(claims, "exp")
    if end is None:
        raise Unfit("it has no end")
    if end <= now:
        raise Unfit("it has expired")
    for name in ("nbf", "iat"):
        begins = _time(claims, name)
        if begins is not None and begins > now + issuer.leeway:
            raise Unfit(f"it is not yet valid ({name})")
    return end


def principal_of(claims: Mapping[str, Any], issuer: Issuer, end: int, credential: str) -> Principal:
    """Who has these claims, until `end` (µs). Raises Unfit where nobody is named or nothing is granted.

    With `act` (RFC 8693) it is the actor who calls, on behalf of whom the token is about.
    """
    subject, acting = _named(claims, issuer), claims.get("act")
    actor = subject if acting is None else _actor(acting, issuer)
    rights = together(each.rights for each in issuer.mappings if fits(claims, each))
    if not rights.roles:
        raise Unfit("nothing in `map` gives it a role")
    behalf = "" if acting is None else subject
    return rights.of(actor, on_behalf_of=behalf, expire_time=end, credential=credential)


def fits(claims: Mapping[str, Any], mapping: Mapping_) -> bool:
    """Whether a claim is, or lists, the value. `scope` and `scp` list words with spaces; no other text does."""
    found = _claim(claims, mapping.claim)
    if isinstance(found, list):
        return any(_same(each, mapping.value) for each in found)
    if isinstance(found, str) and mapping.claim in _SPACED:
        return mapping.value in found.split(" ")
    return _same(found, mapping.value)


def _same(found: Any, value: str | int | bool) -> bool:
    return type(found) is type(value) and found == value


def _claim(claims: Mapping[str, Any], path: str) -> Any:
    """The claim of that very name, else the one at the end of the path."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for step in path.split("."):
        if not isinstance(found, dict) or step not in found:
            return None
        found = found[step]
    return found


def _actor(acting: Any, issuer: Issuer) -> str:
    """The one who acts: the outermost `act`. Those within it acted before, and say nothing of who calls."""
    if not isinstance(acting, dict) or acting.get("iss", issuer.url) != issuer.url:
        raise Unfit("`act` names nobody of this issuer")
    return _name(acting.get(issuer.name, acting.get("sub")), issuer)


def _named(claims: Mapping[str, Any], issuer: Issuer) -> str:
    return _name(_claim(claims, issuer.name), issuer)


def _name(found: Any, issuer: Issuer) -> str:
    name = f"{issuer.prefix}{found}" if isinstance(found, str) and found else ""
    if not _NAME.fullmatch(name):
        raise Unfit(f"`{issuer.name}` is no name")
    if is_ours(name):
        raise Unfit(f"`{issuer.name}` is what the server calls itself")
    return name


def _time(claims: Mapping[str, Any], name: str) -> int | None:
    """A NumericDate in µs; None where it is absent. Raises Unfit where it is none."""
    found = claims.get(name)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float) or not isfinite(found) or abs(found) > _LATEST:
        raise Unfit(f"`{name}` is no time")
    return int(found * SECOND)
