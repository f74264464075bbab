"""Whether a notification can be sent to an address: what is wrong with it, and what to write instead."""

from __future__ import annotations

import ipaddress
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from andon.notify.people import installed, understood

Fault: TypeAlias = tuple[str, str]


def webhook_fault(url: Any, allow_plain: bool) -> Fault | None:
    """Why nobody may be called there; None where one may. It never quotes the address: it may hold a secret."""
    try:
        parts = urlsplit(str(url))
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "is no address", "https://HOST/PATH"
    if parts.scheme not in ("https", "http") or not host or any(c.isspace() for c in str(url)):
        return "is no address", "https://HOST/PATH"
    if parts.username or parts.password or parts.fragment:
        return "holds a user, a password or a fragment", "a secret path or the signature; https://HOST/PATH"
    if parts.scheme == "http" and not (allow_plain or _loopback(host)):
        return "is not encrypted", "https://, or allow_plain_http: true where the network protects it"
    return None


def apprise_fault(url: str) -> Fault | None:
    """Why nobody can be reached there; None where Apprise knows how. It never quotes the address."""
    if not installed():
        return "needs Apprise, which is not installed", "pip install 'andon[notify]'"
    if not understood(url):
        return "is none that Apprise understands", "see https://appriseit.com for the form of each service's address"
    return None


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
