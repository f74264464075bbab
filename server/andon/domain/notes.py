"""Signed notes and checkpoints as C2SP writes them (c2sp.org/signed-note, c2sp.org/tlog-checkpoint).

A note is a text, an empty line, and a line for each signature. A checkpoint is a note whose text says how many entries
a log has and which Merkle tree root (`domain/merkle.py`) covers them.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from typing import Final, NamedTuple

ED25519: Final = b"\x01"
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")


def thumbprint(public: bytes) -> str:
    """The id of an Ed25519 key: the RFC 7638 thumbprint of its JSON Web Key."""
    x = urlsafe_b64encode(public).decode().rstrip("=")
    text = f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'
    return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def key_hash(name: str, public: bytes) -> bytes:
    """The four bytes by which a signature line names an Ed25519 key of that name."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def verifier_key(name: str, public: bytes) -> str:
    """A key as verifiers of notes are given it: name, key hash and public key, by `+`."""
    return f"{name}+{key_hash(name, public).hex()}+{b64encode(ED25519 + public).decode()}"


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """What a checkpoint signs: origin, how many entries, and the root over them."""
    return f"{origin}\n{size}\n{b64encode(root).decode()}\n"


def note(text: str, name: str, public: bytes, signature: bytes) -> str:
    """A text with one signature over it."""
    signed = b64encode(key_hash(name, public) + signature).decode()
    return f"{text}\n— {name} {signed}\n"


class Signature(NamedTuple):
    """A signature line: whose, which of their keys, and the signature."""

    name: str
    key_hash: bytes
    signature: bytes


class SignedNote(NamedTuple):
    """A note apart."""

    text: str
    signatures: tuple[Signature, ...]


class CheckpointText(NamedTuple):
    """What a checkpoint says."""

    origin: str
    size: int
    root: bytes


def parse_note(text: str) -> SignedNote:
    """Takes a note apart. Raises ValueError where it is none."""
    body, gap, lines = text.rpartition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise ValueError("is no signed note")
    return SignedNote(body + "\n", tuple(_signature(line) for line in lines[:-1].split("\n")))


def parse_checkpoint(text: str) -> CheckpointText:
    """Reads a checkpoint's text. Raises ValueError where it is none. What follows the root is left aside."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]) or not _SIZE.fullmatch(lines[1]):
        raise ValueError("is no checkpoint")
    root = b64decode(lines[2], validate=True)
    if len(root) != 32 or b64encode(root).decode() != lines[2]:
        raise ValueError("is no checkpoint")
    return CheckpointText(lines[0], int(lines[1]), root)


def _signature(line: str) -> Signature:
    dash, name, signed = [*line.split(" "), "", ""][:3]
    raw = b64decode(signed, validate=True)
    if dash != "—" or line.count(" ") != 2 or not name or len(raw) < 5 or b64encode(raw).decode() != signed:
        raise ValueError("is no signed note")
    return Signature(name, raw[:4], raw[4:])
