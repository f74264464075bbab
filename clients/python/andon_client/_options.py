"""Where the server is and how to reach it: addresses, credentials, TLS and channel settings."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc

DEFAULT_ADDRESS: Final = "localhost:50051"

_OPTIONS: Final[Mapping[str, Any]] = {
    # A dead peer is noticed within this time; servers admit a ping every ten seconds.
    "grpc.keepalive_time_ms": 30_000,
    "grpc.keepalive_timeout_ms": 10_000,
    # After an outage the channel must not sit out gRPC's two minutes of reconnect back-off.
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.min_reconnect_backoff_ms": 3_000,
    "grpc.max_reconnect_backoff_ms": 3_000,
    "grpc.max_receive_message_length": 256 << 20,
    # Repeating calls is this package's business: it knows which may be.
    "grpc.enable_retries": 0,
}

_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How to reach a server. `credentials` is None for a connection in clear text."""

    address: str
    metadata: tuple[tuple[str, str], ...]
    credentials: grpc.ChannelCredentials | None
    options: tuple[tuple[str, Any], ...]


def resolve(
    address: str | None,
    token: str | None,
    tls: bool | None,
    root_certificates: bytes | str | Path | None,
    options: Sequence[tuple[str, Any]],
) -> Endpoint:
    """Fills in what was not given from ANDON_ADDRESS, ANDON_TOKEN, ANDON_TLS and ANDON_ROOT_CERTIFICATES.

    Raises ValueError for a malformed token or ANDON_TLS, OSError for an unreadable certificate file.
    """
    address = address or os.environ.get("ANDON_ADDRESS") or DEFAULT_ADDRESS
    roots = root_certificates or os.environ.get("ANDON_ROOT_CERTIFICATES") or None
    secure = _wants_tls(address, tls, roots is not None)
    return Endpoint(
        address=address,
        metadata=_metadata(os.environ.get("ANDON_TOKEN", "") if token is None else token),
        credentials=grpc.ssl_channel_credentials(_certificates(roots)) if secure else None,
        options=(*{**_OPTIONS, **dict(options)}.items(),),
    )


def is_local(address: str) -> bool:
    """Whether the address is a Unix socket or a loopback interface, where clear text stays on the machine."""
    if address.startswith(("unix:", "unix-abstract:")):
        return True
    host = address.removeprefix("dns:///").removeprefix("ipv4:").removeprefix("ipv6:").rpartition(":")[0].strip("[]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _wants_tls(address: str, tls: bool | None, has_roots: bool) -> bool:
    if tls is not None:
        return tls
    setting = os.environ.get("ANDON_TLS", "").lower()
    if setting in _TRUE:
        return True
    if setting in _FALSE:
        return False
    if setting:
        raise ValueError(f"ANDON_TLS must be true or false, not {setting!r}")
    return has_roots or not is_local(address)


def _certificates(roots: bytes | str | Path | None) -> bytes | None:
    return Path(roots).read_bytes() if isinstance(roots, (str, Path)) else roots


def _metadata(token: str) -> tuple[tuple[str, str], ...]:
    if not token:
        return ()
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise ValueError("the token must be visible ASCII characters without spaces")
    return (("authorization", f"Bearer {token}"),)
