"""What the page may offer to sign in with: those issuers of the identity file at which it is a client."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from andon.auth.identities import Identities, Issuer, origin_of
from andon.domain.canonical import Json, JsonObject


def offers(identities: Identities) -> JsonObject:
    """The issuers, in the file's order, as the page reads them. It is open to everybody, and holds no secret."""
    return {"issuers": [_offer(issuer) for issuer in identities.issuers if issuer.client_id]}


def origins(identities: Identities) -> tuple[str, ...]:
    """Whom the page must be able to ask for that: each origin once, in order."""
    ours = (issuer for issuer in identities.issuers if issuer.client_id)
    return tuple(dict.fromkeys(origin for issuer in ours for origin in (origin_of(issuer.url), *issuer.origins)))


def _offer(issuer: Issuer) -> Mapping[str, Json]:
    return {
        "issuer": issuer.url,
        "client_id": issuer.client_id,
        "name": issuer.label or urlsplit(issuer.url).netloc,
        "scopes": list(issuer.scopes),
        "audience": list(issuer.audiences),
    }
