"""The names in a certificate, as the identity file writes them."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from andon.domain.clock import SECOND

_UNREADABLE = (
    ValueError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


def names_of(pem: bytes) -> tuple[str, ...]:
    """The subject as RFC 4514 writes it, and the alternative names as `DNS:…`, `URI:…` and `email:…`.

    None where it can't be read: then it is nobody's.
    """
    return read_names(pem)[0]


def read_names(pem: bytes) -> tuple[tuple[str, ...], int]:
    """The names as `names_of` has them, and when the certificate ends (µs); none, and 0, where it can't be read."""
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        subject = certificate.subject.rfc4514_string()
        names = tuple(filter(None, (subject, *_alternatives(certificate))))
        return names, int(certificate.not_valid_after_utc.timestamp()) * SECOND
    except _UNREADABLE:
        return (), 0


def _alternatives(certificate: x509.Certificate) -> list[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [
        *(f"DNS:{name}" for name in found.get_values_for_type(x509.DNSName)),
        *(f"URI:{name}" for name in found.get_values_for_type(x509.UniformResourceIdentifier)),
        *(f"email:{name}" for name in found.get_values_for_type(x509.RFC822Name)),
    ]
