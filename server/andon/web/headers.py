"""Headers that keep a browser from doing what nobody asked for, and answers to other origins."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import Final

from andon.web.asgi import Answer, Header, raw

_FEATURES: Final = ("camera", "display-capture", "geolocation", "microphone", "payment", "serial", "usb")
_EVERYWHERE: Final = (
    ("Server", "andon"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
_ON_PAGES: Final = (
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", ", ".join(f"{name}=()" for name in _FEATURES)),
    ("X-Frame-Options", "DENY"),
)
_ON_CALLS: Final = (
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cache-Control", "no-store"),
)
_UNDER_TLS: Final = (("Strict-Transport-Security", "max-age=31536000"),)

_ALLOWED: Final = (
    "authorization, content-type, content-encoding, connect-protocol-version, connect-timeout-ms, "
    "connect-accept-encoding, connect-content-encoding, grpc-timeout, grpc-encoding, grpc-accept-encoding, "
    "x-grpc-web, x-user-agent, x-request-id"
)
_EXPOSED: Final = (
    "grpc-status, grpc-message, grpc-status-details-bin, grpc-encoding, connect-content-encoding, "
    "content-encoding, date, www-authenticate"
)
_DAY: Final = "86400"


def page_headers(
    *, tls: bool, image_origins: Sequence[str] = (), sign_in_origins: Sequence[str] = ()
) -> Sequence[Header]:
    """What every answer but a call's carries. A decision's images come as data, or from `image_origins`.

    `sign_in_origins` are those of the issuers with whom the page signs people in.
    """
    policy = ("Content-Security-Policy", _page_policy(image_origins, sign_in_origins))
    return raw((*_EVERYWHERE, policy, *_ON_PAGES, *(_UNDER_TLS if tls else ())))


def call_headers(*, tls: bool) -> Sequence[Header]:
    """What the answer of every call carries."""
    return raw((*_EVERYWHERE, *_ON_CALLS, *(_UNDER_TLS if tls else ())))


class Cors:
    """Lets pages of the configured origins, and of no others, call. Credentials are bearer tokens, never cookies."""

    def __init__(self, origins: Collection[str]) -> None:
        self._origins = frozenset(origins)

    def preflight(self, headers: Mapping[str, str]) -> Answer | None:
        """The answer to a browser that asks whether it may call; None where it does not ask so."""
        origin = headers.get("origin", "")
        if not origin or "access-control-request-method" not in headers:
            return None
        if origin not in self._origins:
            return Answer(HTTPStatus.FORBIDDEN, b"origin not allowed: see cors_origins\n")
        allowed = (
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Methods", "GET, POST"),
            ("Access-Control-Allow-Headers", _ALLOWED),
            ("Access-Control-Max-Age", _DAY),
            ("Vary", "Origin"),
        )
        return Answer(HTTPStatus.NO_CONTENT, headers=allowed)

    def headers(self, headers: Mapping[str, str]) -> Sequence[Header]:
        """What an answer carries so that the caller's page may read it."""
        if not self._origins:
            return ()
        origin = headers.get("origin", "")
        if origin not in self._origins:
            return raw((("Vary", "Origin"),))
        read = (("Access-Control-Allow-Origin", origin), ("Access-Control-Expose-Headers", _EXPOSED))
        return raw((*read, ("Vary", "Origin")))


def _page_policy(image_origins: Sequence[str], sign_in_origins: Sequence[str]) -> str:
    """Nothing is inline, and nothing but named images and the issuers' answers comes from another origin."""
    images = " ".join(("img-src 'self' data:", *image_origins))
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            images,
            "font-src 'self'",
            " ".join(("connect-src 'self'", *sign_in_origins)),
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )
