"""How a call's credentials become a principal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from andon.domain.errors import CredentialsInvalid, CredentialsMissing
from andon.domain.principal import Principal

_HEADER: Final = "authorization"


class Authenticator(Protocol):
    """Turns what a call carries into a principal. Bearer tokens are one way; others implement this as well."""

    def authenticate(self, metadata: Mapping[str, str]) -> Principal:
        """Who calls. `metadata` has lower-case keys. Quick, without I/O. CredentialsMissing, CredentialsInvalid."""
        ...

    def current(self, principal: Principal) -> Principal | None:
        """Whom the credentials that the principal came by stand for by now; None where for nobody. Quick."""
        ...


class Tokens(Protocol):
    """Knows bearer tokens."""

    def authenticate(self, token: str) -> Principal:
        """Whose token it is. CredentialsInvalid where it is nobody's."""
        ...

    def current(self, principal: Principal) -> Principal | None:
        """Whose token it is by now that the principal came by; None where nobody's."""
        ...


class BearerAuthenticator:
    """Reads `authorization: Bearer TOKEN`."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def authenticate(self, metadata: Mapping[str, str]) -> Principal:
        """Who calls. CredentialsMissing without the header, CredentialsInvalid for any other scheme or token."""
        header = metadata.get(_HEADER)
        if not header:
            raise CredentialsMissing
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise CredentialsInvalid
        return self._tokens.authenticate(token.strip())

    def current(self, principal: Principal) -> Principal | None:
        """Whose token it is by now that the principal came by; None where nobody's."""
        return self._tokens.current(principal)
