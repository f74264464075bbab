"""What the ledger records of who may call: the difference between what was in force and what is now.

A token is known by the first characters of its SHA-256, never by all of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from andon.auth.entries import TokenEntry
from andon.auth.identities import Certificate, Identities, Issuer
from andon.auth.rights import RIGHTS, Rights, in_words
from andon.domain.canonical import Json, JsonObject, canonical
from andon.domain.principal import Principal

ID_LENGTH: Final = 12
MOST_NAMED: Final = 100
"""Changes of each sort that one entry of the ledger names; `unnamed` counts the rest."""

Standing = Mapping[str, JsonObject]


def token_id(digest: str) -> str:
    """By what a token is known to people: the beginning of its SHA-256."""
    return digest[:ID_LENGTH]


def standing(tokens: Iterable[TokenEntry], identities: Identities) -> Standing:
    """Everybody who may call, by what they are known by."""
    made: dict[str, JsonObject] = {f"token {token_id(each.digest)}": _token(each) for each in tokens}
    made |= {f"certificate {each.name}": _certificate(each) for each in identities.certificates}
    made |= {f"issuer {each.url}": _issuer(each) for each in identities.issuers}
    return made


def kept(found: Standing) -> bytes:
    """What the store keeps, so that a later start can tell the difference."""
    return canonical(found).encode()


def read_kept(stored: bytes) -> Standing:
    """What `kept` made; nobody where there is nothing yet."""
    found: dict[str, Any] = json.loads(stored or b"{}")
    return found


def difference(before: Standing, now: Standing) -> JsonObject:
    """The body of the ledger's entry: who was added and removed, and how those who stay have changed."""
    changed = [name for name in now if name in before and before[name] != now[name]]
    sorts: dict[str, list[JsonObject]] = {
        "added": [{"credential": name, **now[name]} for name in now if name not in before],
        "changed": [{"credential": name, "now": now[name], "was": before[name]} for name in changed],
        "removed": [{"credential": name, **before[name]} for name in before if name not in now],
    }
    body: dict[str, Json] = {sort: found[:MOST_NAMED] for sort, found in sorts.items()}
    unnamed = sum(max(0, len(found) - MOST_NAMED) for found in sorts.values())
    body["digest"] = hashlib.sha256(kept(now)).hexdigest()
    return body | ({"unnamed": unnamed} if unnamed else {})


def _token(entry: TokenEntry) -> JsonObject:
    return {"principal": entry.principal.name, **dict(_rights(entry.principal)), **_end(entry.principal)}


def _certificate(entry: Certificate) -> JsonObject:
    return {"principal": entry.principal, **dict(_rights(entry.rights.of(entry.principal, credential="")))}


def _issuer(entry: Issuer) -> JsonObject:
    grants = [{"claim": each.claim, "value": each.value, **dict(_rights(each.rights))} for each in entry.mappings]
    plain: JsonObject = {
        "algorithms": list(entry.algorithms),
        "audience": list(entry.audiences),
        "jwks_url": entry.jwks_url,
        "map": grants,
        "name": entry.name,
        "prefix": entry.prefix,
    }
    return {key: value for key, value in plain.items() if value not in ("", [])}


def _rights(rights: Rights | Principal) -> Iterator[tuple[str, Json]]:
    for key in RIGHTS:
        if words := getattr(rights, key):
            yield key, sorted(words)


def _end(principal: Principal) -> JsonObject:
    return {} if principal.expire_time is None else {"expire_time": in_words(principal.expire_time)}
