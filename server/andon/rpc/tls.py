"""What the gRPC port shows of itself, and who the other ends of its connections are."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import grpc

from andon.auth.authenticator import Peer
from andon.tls.material import Material
from andon.tls.names import read_names

_PEM: Final = "x509_pem_cert"
_PEERS: Final = 1_024


class Credentials:
    """The port's certificate, which may be replaced: connections made from then on see the new one.

    With `client_ca` only clients are let in whose certificate these authorities have signed.
    """

    def __init__(self, material: Material) -> None:
        self._next: grpc.ServerCertificateConfiguration | None = None
        self.of_port: Final = grpc.dynamic_ssl_server_credentials(
            _configuration(material), self._renewed, require_client_authentication=material.client_ca is not None
        )

    def renew(self, material: Material) -> None:
        """Shows another certificate from the next handshake on, and lets in whom its `client_ca` have signed."""
        self._next = _configuration(material)

    def _renewed(self) -> Any:
        """What gRPC asks for at each handshake, on a thread of its own: what is new, once, and else None."""
        renewed, self._next = self._next, None
        return renewed


def peer_of(context: grpc.aio.ServicerContext[Any, Any]) -> Peer | None:
    """The other end of a call's connection, where it has shown a certificate; what it sends has no part in it."""
    pem = next(iter(context.auth_context().get(_PEM, ())), None)
    return None if pem is None else _peer(pem)


def nobody(context: grpc.aio.ServicerContext[Any, Any]) -> None:
    """Where no certificate is asked for, nobody is known by one."""


@lru_cache(_PEERS)
def _peer(pem: bytes) -> Peer:
    """A certificate is read once, not at each call."""
    return Peer(*read_names(pem))


def _configuration(material: Material) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration([(material.key, material.certificate)], material.client_ca)
