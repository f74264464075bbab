"""Authorities and certificates of tests, in memory and in files."""

from __future__ import annotations

import ssl
from pathlib import Path

import grpc
import trustme

from andon.tls.material import TlsFiles


class Authority:
    """Signs certificates, and is trusted by its clients."""

    def __init__(self) -> None:
        self._ca = trustme.CA()
        self.pem = self._ca.cert_pem.bytes()

    def issue(self, *names: str, common_name: str = "") -> Issued:
        """A certificate for names of hosts or addresses, or an email address, signed now."""
        return Issued(self._ca.issue_cert(*names, common_name=common_name or None))

    def context(self, issued: Issued | None = None, *protocols: str) -> ssl.SSLContext:
        """A client's side: it trusts this authority, and shows a certificate where it has one."""
        made = ssl.create_default_context(cadata=self.pem.decode())
        if issued is not None:
            issued.leaf.configure_cert(made)
        if protocols:
            made.set_alpn_protocols(protocols)
        return made

    def credentials(self, issued: Issued | None = None) -> grpc.ChannelCredentials:
        """The same for a gRPC channel."""
        key, chain = (None, None) if issued is None else (issued.key, issued.chain)
        return grpc.ssl_channel_credentials(self.pem, key, chain)


class Issued:
    """A certificate with its chain and its key."""

    def __init__(self, leaf: trustme.LeafCert) -> None:
        self.leaf = leaf
        self.chain = b"".join(each.bytes() for each in leaf.cert_chain_pems)
        self.key = leaf.private_key_pem.bytes()


class Files:
    """The files of one server's TLS."""

    def __init__(self, folder: Path, *, client_ca: bytes | None = None) -> None:
        self.tls = TlsFiles(folder / "tls.crt", folder / "tls.key", folder / "clients.crt" if client_ca else None)
        self.settings = {"tls_certificate": str(self.tls.certificate), "tls_key": str(self.tls.key)}
        if self.tls.client_ca is not None and client_ca is not None:
            self.tls.client_ca.write_bytes(client_ca)
            self.settings["tls_client_ca"] = str(self.tls.client_ca)

    def write(self, issued: Issued) -> None:
        """Replaces certificate and key."""
        self.tls.certificate.write_bytes(issued.chain)
        self.tls.key.write_bytes(issued.key)
