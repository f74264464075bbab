"""Who signs: what the rest of the server knows of the signing keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from andon.domain.canonical import JsonObject


class Signer(Protocol):
    """The signing keys in force. Quick, and no I/O: it may be asked on the event loop."""

    def sign(self, message: bytes) -> tuple[str, bytes]:
        """The id of the key that signs now (its RFC 7638 thumbprint), and its Ed25519 signature: 64 bytes."""
        ...

    def jwks(self) -> JsonObject:
        """Every public key that is not revoked, as a JSON Web Key Set (RFC 7517): the one that signs first."""
        ...

    def revoked_keys(self) -> Sequence[bytes]:
        """The public keys that were ours and are trusted no more."""
        ...
