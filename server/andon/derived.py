"""What the settings come to in the parts of the server, which know nothing of settings."""

from __future__ import annotations

from andon.config import Settings
from andon.domain.clock import MILLISECOND, SECOND
from andon.tls.material import TlsFiles
from andon.usecases.limits import Limits
from andon.vault.unlocking import ServiceVault, key_service
from andon.web.listener import Connections, Tls


def limits(settings: Settings) -> Limits:
    """The bounds of one server."""
    return Limits(
        max_wait=settings.max_wait,
        lease_duration=settings.lease_duration,
        heartbeat_interval=settings.heartbeat_interval,
        aging_interval=settings.aging_interval,
        max_open_tasks=settings.max_open_tasks,
        max_waiters=settings.max_waiters,
        max_streams=settings.max_streams,
        max_open_decisions_per_principal=settings.max_open_decisions_per_principal,
        max_waiters_per_principal=settings.max_waiters_per_principal,
        max_streams_per_principal=settings.max_streams_per_principal,
        stream_buffer=settings.stream_buffer,
        retrain_after=settings.retrain_after,
        max_leases_per_reviewer=settings.max_leases_per_reviewer,
        queue_weights=settings.queue_weights,
    )


def grpc_options(settings: Settings) -> list[tuple[str, int]]:
    """Port sharing is off, so that a taken port is an error and never a second server on it."""
    return [
        ("grpc.so_reuseport", 0),
        # Twice our own limit, which answers with words; beyond, gRPC cuts without them.
        ("grpc.max_receive_message_length", 2 * settings.max_message_size),
        ("grpc.server_handshake_timeout_ms", settings.handshake_timeout // MILLISECOND),
        ("grpc.keepalive_time_ms", settings.keepalive_time // MILLISECOND),
        ("grpc.keepalive_timeout_ms", settings.keepalive_timeout // MILLISECOND),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.http2.min_ping_interval_without_data_ms", settings.min_client_ping_interval // MILLISECOND),
        ("grpc.max_connection_age_ms", settings.max_connection_age // MILLISECOND),
        ("grpc.max_connection_age_grace_ms", settings.max_connection_age_grace // MILLISECOND),
    ]


def connections(settings: Settings) -> Connections:
    """Room for a connection each of all that may be under way, and for as many that are idle."""
    return Connections(
        at_once=2 * (settings.max_active_calls + settings.max_waiters + settings.max_streams),
        probe_after=settings.keepalive_time // SECOND,
        give_up_after=settings.keepalive_timeout // SECOND,
        head_timeout=settings.handshake_timeout // MILLISECOND,
    )


def tls_files(settings: Settings) -> TlsFiles | None:
    """The files of TLS; None where nothing is encrypted."""
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    return TlsFiles(settings.tls_certificate, settings.tls_key, settings.tls_client_ca)


def http_tls(settings: Settings) -> Tls | None:
    """Those of the HTTP port, which asks clients for a certificate only where that is said."""
    files = tls_files(settings)
    if files is None:
        return None
    return Tls(files.certificate, files.key, files.client_ca if settings.http_client_certificates else None)


def vault(settings: Settings) -> ServiceVault | None:
    """Where the store's key comes from; None where nothing is encrypted. VaultClosed where it can't be used."""
    service = key_service(settings.encryption_key, settings.encryption_key_file, settings.encryption_key_command)
    return None if service is None else ServiceVault(service)
