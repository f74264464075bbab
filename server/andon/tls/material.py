"""Reads certificates and keys, and says in words what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from andon.domain.clock import SECOND

_MOST: Final = 1 << 20


class TlsFault(OSError):
    """Nobody can speak TLS with these files."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """The PEM files of the certificate with its chain, of its key, and of those who sign clients' certificates."""

    certificate: Path
    key: Path
    client_ca: Path | None = None

    @property
    def all(self) -> tuple[Path, ...]:
        """Each of them."""
        return tuple(filter(None, (self.certificate, self.key, self.client_ca)))


@dataclass(frozen=True, slots=True)
class Material:
    """What was in the files, all of one moment. `begin_time` and `expire_time` (µs) are the certificate's."""

    certificate: bytes
    key: bytes = field(repr=False)
    client_ca: bytes | None
    begin_time: int
    expire_time: int


def read(files: TlsFiles) -> Material:
    """What is in the files, checked. Raises TlsFault, which names the file."""
    certificate, key = _bytes(files.certificate), _bytes(files.key)
    chain = _certificates(files.certificate, certificate)
    if _public(files.key, key) != _shown(chain[0]):
        raise TlsFault(f"{files.key}: the key is not that of the certificate {files.certificate}")
    authorities = None if files.client_ca is None else _bytes(files.client_ca)
    if files.client_ca is not None and authorities is not None:
        _certificates(files.client_ca, authorities)
    begin, end = chain[0].not_valid_before_utc, chain[0].not_valid_after_utc
    return Material(certificate, key, authorities, *(int(time.timestamp()) * SECOND for time in (begin, end)))


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST)
    except OSError as error:
        raise TlsFault(f"{path}: {error.strerror or error}") from None


def _certificates(path: Path, pem: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise TlsFault(f"{path}: holds no certificate in PEM, or a broken one") from None


def _public(path: Path, pem: bytes) -> bytes:
    """The public half of a private key."""
    try:
        key = load_pem_private_key(pem, None)
    except TypeError:
        raise TlsFault(f"{path}: the key asks for a password") from None
    except (ValueError, UnsupportedAlgorithm):
        raise TlsFault(f"{path}: holds no private key in PEM, or a broken one") from None
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _shown(certificate: x509.Certificate) -> bytes:
    try:
        return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm):
        return b""
