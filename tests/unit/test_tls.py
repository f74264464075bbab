"""The files of TLS: what they hold, what is wrong with them, and which of them is in force."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtensionOID, NameOID

from andon.domain.clock import DAY, SECOND
from andon.rpc.tls import Credentials, _peer
from andon.tls.certificates import Certificates
from andon.tls.material import TlsFault, read
from andon.tls.names import names_of, read_names
from tests.certificates import Authority, Files
from tests.clock import FakeClock

AUTHORITY = Authority()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    made = Files(tmp_path, client_ca=AUTHORITY.pem)
    made.write(AUTHORITY.issue("localhost"))
    return made


def test_a_pair_is_read_with_what_it_is_good_for(files: Files) -> None:
    material = read(files.tls)
    assert (material.certificate, material.client_ca) == (files.tls.certificate.read_bytes(), AUTHORITY.pem)
    assert material.begin_time < material.expire_time
    assert material.key.decode() not in repr(material)
    assert "PRIVATE" not in repr(material)


def test_what_is_wrong_is_said_with_the_file(files: Files, tmp_path: Path) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    pkcs8 = PrivateFormat.PKCS8
    faults = {
        b"": "tls.key: holds no private key in PEM, or a broken one",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n": "tls.key: holds no private key in PEM",
        key.private_bytes(Encoding.PEM, pkcs8, BestAvailableEncryption(b"x")): "tls.key: the key asks for a password",
        key.private_bytes(Encoding.PEM, pkcs8, NoEncryption()): "tls.key: the key is not that of the certificate",
    }
    for written, fault in faults.items():
        files.tls.key.write_bytes(written)
        with pytest.raises(TlsFault, match=fault):
            read(files.tls)
    files.write(AUTHORITY.issue("localhost"))
    for name in ("tls.crt", "clients.crt"):
        kept = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(kept[: len(kept) // 2])
        with pytest.raises(TlsFault, match=f"{name}: holds no certificate in PEM"):
            read(files.tls)
        (tmp_path / name).unlink()
        with pytest.raises(TlsFault, match=f"{name}: No such file"):
            read(files.tls)
        (tmp_path / name).write_bytes(kept)
    read(files.tls)


def test_changed_files_are_taken_and_broken_ones_change_nothing(files: Files) -> None:
    certificates = Certificates(files.tls, FakeClock())
    first = certificates.current
    assert (certificates.step(), certificates.fault) == (False, "")
    files.tls.certificate.write_bytes(AUTHORITY.issue("localhost").chain)
    assert certificates.step()
    assert "the key is not that of the certificate" in certificates.fault
    assert certificates.current is first
    assert not certificates.step()
    files.write(second := AUTHORITY.issue("localhost"))
    assert (certificates.step(), certificates.fault) == (True, "")
    assert certificates.current.certificate == second.chain
    files.tls.key.unlink()
    assert certificates.step()
    assert (certificates.current.key, "tls.key" in certificates.fault) == (second.key, True)


def test_a_certificate_is_warned_of_before_it_expires(files: Files) -> None:
    expire_time = read(files.tls).expire_time
    clock = FakeClock(expire_time - 14 * DAY - SECOND)
    certificates = Certificates(files.tls, clock)
    assert not certificates.warnings
    clock.advance(SECOND)
    (warning,) = certificates.warnings
    assert "tls.crt expires at " in warning


def test_the_names_of_a_certificate_are_written_as_the_identity_file_has_them() -> None:
    leaf = trustme.CA().issue_cert("refunds.example.com", "bot@example.com", common_name="refunds")
    subject, *others = names_of(leaf.cert_chain_pems[0].bytes())
    assert subject.startswith("CN=refunds,")
    assert sorted(others) == ["DNS:refunds.example.com", "email:bot@example.com"]


def test_a_certificate_of_an_uri_alone_has_no_subject_and_one_without_names_is_nobodys() -> None:
    spiffe = x509.SubjectAlternativeName([x509.UniformResourceIdentifier("spiffe://example.com/refunds")])
    assert names_of(_signed(x509.Name([]), spiffe)) == ("URI:spiffe://example.com/refunds",)
    assert names_of(_signed(x509.Name([]), None)) == ()
    assert names_of(b"no certificate") == ()


def test_a_certificate_says_when_it_ends() -> None:
    pem = _signed(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]), None)
    end = x509.load_pem_x509_certificate(pem).not_valid_after_utc
    assert read_names(pem) == (("CN=x",), int(end.timestamp()) * 1_000_000)
    assert read_names(b"no certificate") == ((), 0)


def test_alternative_names_of_a_kind_that_nobody_reads_make_a_certificate_nobodys() -> None:
    party = b"\x30\x07\xa5\x05\xa1\x03\x0c\x01x"  # ediPartyName
    odd = x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, party)
    pem = _signed(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]), odd)
    assert read_names(pem) == ((), 0)


def test_the_subject_can_not_pass_for_another_kind_of_name() -> None:
    sly = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x,O=Example\nDNS:refunds.example.com")])
    (subject,) = names_of(_signed(sly, None))
    assert subject.startswith("CN=x\\,O=Example")


def test_a_certificate_is_read_once() -> None:
    pem = AUTHORITY.issue("client.example.com").chain
    assert _peer(pem) is _peer(pem)
    assert (_peer(pem).subjects, _peer(pem).expire_time) == read_names(pem)
    assert _peer.cache_info().maxsize == 1_024


def test_a_handshake_is_told_of_a_new_certificate_once(files: Files) -> None:
    material = read(files.tls)
    credentials = Credentials(material)
    assert credentials._renewed() is None
    credentials.renew(material)
    assert credentials._renewed() is not None
    assert credentials._renewed() is None


def _signed(subject: x509.Name, extension: x509.ExtensionType | None) -> bytes:
    """A certificate signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = trustme.CA().issue_cert("x")
    known = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes())
    builder = x509.CertificateBuilder(
        issuer_name=subject,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=1,
        not_valid_before=known.not_valid_before_utc,
        not_valid_after=known.not_valid_after_utc,
    )
    if extension is not None:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)
