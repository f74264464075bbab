"""Signs checkpoints, and tells whether one was signed with keys that are known."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any, Final, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from andon.domain.notes import SignedNote, checkpoint_text, key_hash, note, verifier_key
from andon.keys.signer import Signer

_PADDING: Final = "="


def public_keys(signer: Signer) -> Mapping[str, bytes]:
    """The keys that are published, by their ids: the one that signs first."""
    keys = cast("list[Mapping[str, Any]]", signer.jwks()["keys"])
    return {key["kid"]: urlsafe_b64decode(key["x"] + _PADDING) for key in keys}


def verifier_keys(signer: Signer, origin: str) -> list[str]:
    """The published keys as verifiers of checkpoints are given them."""
    return [verifier_key(origin, public) for public in public_keys(signer).values()]


def signed_checkpoint(signer: Signer, origin: str, size: int, root: bytes) -> str:
    """A checkpoint over so many entries, signed."""
    text = checkpoint_text(origin, size, root)
    kid, signature = signer.sign(text.encode())
    return note(text, origin, public_keys(signer)[kid], signature)


def is_signed(signed: SignedNote, origin: str, signer: Signer) -> bool | None:
    """Whether a note's signature by this origin is good; None where none is by a key that is published."""
    known = {key_hash(origin, public): public for public in public_keys(signer).values()}
    for name, hash, signature in signed.signatures:
        if name == origin and hash in known:
            return _is_good(known[hash], signature, signed.text.encode())
    return None


def was_ours(signed: SignedNote, signer: Signer) -> bool:
    """Whether a key has signed it that is revoked now, or a known one under another origin: so that it was ours."""
    publics, message = (*public_keys(signer).values(), *signer.revoked_keys()), signed.text.encode()
    return any(
        key_hash(name, public) == hash and _is_good(public, signature, message)
        for name, hash, signature in signed.signatures
        for public in publics
    )


def _is_good(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True
