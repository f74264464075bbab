"""Ports for what is started, killed and started again: nobody gets them in between."""

from __future__ import annotations

import random
import socket
from pathlib import Path
from typing import Final

_RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST: Final = 10_000
_ANY: Final = random.SystemRandom()


def free_port() -> int:
    """A port of the loopback address that nobody listens on just now.

    It is below those that the system gives away by itself. One of these may be any connection's own port while what
    listened on it is down, even that of somebody who tries to reach it; it could not be listened on again then.
    """
    first = _first_given_away()
    while True:
        port = _ANY.randrange(_LOWEST, first) if first > 2 * _LOWEST else 0  # 0: any, where none is kept apart
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found


def _first_given_away() -> int:
    try:
        return int(_RANGE.read_text().split()[0])
    except FileNotFoundError:  # no Linux: what the IANA names
        return 49_152
