"""How a call's credentials become a principal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from andon.domain.errors import CredentialsInvalid, CredentialsMissing, IssuerUnavailable
from andon.domain.principal import Principal

OWN: Final = "andon_"
"""What the tokens of the token file begin with."""
_HEADER: Final = "authorization"


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end of a connection, where its certificate was verified.

    `subjects` are the certificate's names: the subject as RFC 4514 writes it ("CN=refunds,O=Example"), and its
    alternative names ("DNS:refunds.example.com", "URI:spiffe://example.com/refunds", "email:refunds@example.com").
    `expire_time` (µs) is when the certificate ends.
    """

    subjects: tuple[str, ...]
    expire_time: int | None = None


class KeysWanted(IssuerUnavailable):
    """Whether a token is good can't be said without keys that are not here yet: `wait`, then ask once more."""

    def __init__(self, issuer: str, wait: Callable[[], Awaitable[None]]) -> None:
        self.wait: Final = wait
        super().__init__(issuer=issuer)


class Authenticator(Protocol):
    """Turns what a call carries into a principal. Bearer tokens are one way; others implement this as well."""

    def authenticate(self, metadata: Mapping[str, str], peer: Peer | None = None) -> Principal:
        """Who calls. `metadata` has lower-case keys. Quick, without I/O.

        Raises CredentialsMissing, CredentialsInvalid, IssuerUnavailable; KeysWanted where to wait and ask again.
        """
        ...

    def current(self, principal: Principal) -> Principal | None:
        """Whom the credentials that the principal came by stand for by now; None where for nobody. Quick."""
        ...


class Tokens(Protocol):
    """Knows bearer tokens."""

    def authenticate(self, token: str) -> Principal:
        """Whose token it is. Raises CredentialsInvalid where it is nobody's, and as `Authenticator`."""
        ...

    def current(self, principal: Principal) -> Principal | None:
        """Whose token it is by now that the principal came by; None where nobody's."""
        ...


class Vouched(Tokens, Protocol):
    """Knows those for whom others vouch: by signed tokens, and by certificates."""

    def of_certificate(self, peer: Peer) -> Principal | None:
        """Who has a certificate with these names; None for nobody. Raises CredentialsInvalid where it has expired."""
        ...


class BearerAuthenticator:
    """Reads `authorization: Bearer TOKEN`: one of the token file's, or one that an issuer has signed.

    Without that header, a certificate that is mapped to somebody says who calls.
    """

    def __init__(self, tokens: Tokens, vouched: Vouched | None = None) -> None:
        self._tokens = tokens
        self._vouched = vouched

    def authenticate(self, metadata: Mapping[str, str], peer: Peer | None = None) -> Principal:
        """Who calls. The header decides where there is one, whatever the certificate says.

        Raises CredentialsMissing without either, CredentialsInvalid for any other scheme or token.
        """
        header = metadata.get(_HEADER)
        if not header:
            return self._certified(peer)
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise CredentialsInvalid
        token = token.strip()
        if self._vouched is None or token.startswith(OWN):
            return self._tokens.authenticate(token)
        return self._vouched.authenticate(token)

    def current(self, principal: Principal) -> Principal | None:
        """Whom the credentials stand for by now that the principal came by; None where for nobody."""
        if self._vouched is not None and ":" in principal.credential:
            return self._vouched.current(principal)
        return self._tokens.current(principal)

    def _certified(self, peer: Peer | None) -> Principal:
        principal = None if peer is None or self._vouched is None else self._vouched.of_certificate(peer)
        if principal is None:
            raise CredentialsMissing
        return principal


def method_of(metadata: Mapping[str, str], peer: Peer | None) -> str:
    """By which credentials a call comes: `token`, `jwt`, `certificate`, or `none` that are known. For the metrics."""
    header = metadata.get(_HEADER)
    if not header:
        return "none" if peer is None else "certificate"
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        return "none"
    return "token" if token.lstrip().startswith(OWN) else "jwt"
