"""Signed notes, checkpoints and verifier keys, as C2SP writes them (c2sp.org/signed-note, c2sp.org/tlog-checkpoint)."""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_ED25519: Final = b"\x01"
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_HASH: Final = re.compile(r"[0-9a-f]{8}")
_DASH: Final = "—"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """An Ed25519 key that notes of one name are signed with."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `name+hash+base64`. Raises ValueError where it is none."""
        name, _, rest = text.strip().partition("+")
        hash, _, encoded = rest.partition("+")
        raw = _bytes(encoded)
        if not name or not _HASH.fullmatch(hash) or len(raw) != 33 or raw[:1] != _ED25519:
            raise ValueError("is no Ed25519 verifier key, such as andon.example.com/ledger+1f2e3d4c+AXn…")
        key = cls(name, raw[1:])
        if key.hash.hex() != hash:
            raise ValueError("is no verifier key: its hash is another key's")
        return key

    @property
    def hash(self) -> bytes:
        """The four bytes by which signature lines name it."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    @property
    def thumbprint(self) -> str:
        """Its id among the server's keys (RFC 7638)."""
        x = urlsafe_b64encode(self.public).decode().rstrip("=")
        text = f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'
        return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether it made the signature."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def __str__(self) -> str:
        return f"{self.name}+{self.hash.hex()}+{b64encode(_ED25519 + self.public).decode()}"


class Signature(NamedTuple):
    """A signature line: whose, which of their keys, and the signature."""

    name: str
    key_hash: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint that is signed: how many entries a ledger has, and the Merkle tree root (RFC 6962) over them."""

    text: str
    origin: str
    size: int
    root: bytes
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Takes it apart. Raises ValueError where it is none."""
        body, gap, lines = text.rpartition("\n\n")
        facts = body.split("\n")
        if not gap or not lines.endswith("\n") or len(facts) < 3 or not all(facts) or not _SIZE.fullmatch(facts[1]):
            raise ValueError("is no signed checkpoint")
        root = _bytes(facts[2])
        if len(root) != 32:
            raise ValueError("is no signed checkpoint")
        signatures = tuple(map(_signature, lines[:-1].split("\n")))
        return cls(body + "\n", facts[0], int(facts[1]), root, signatures)


def _signature(line: str) -> Signature:
    dash, name, signed = [*line.split(" "), "", ""][:3]
    raw = _bytes(signed)
    if dash != _DASH or line.count(" ") != 2 or not name or len(raw) < 5:
        raise ValueError("is no signed checkpoint")
    return Signature(name, raw[:4], raw[4:])


def _bytes(text: str) -> bytes:
    """Standard base64, in the one way to write it."""
    raw = b64decode(text, validate=True)
    if b64encode(raw).decode() != text:
        raise ValueError("is no base64")
    return raw
