"""Room for connections: each takes one of the process's file descriptors, and the database needs some too."""

from __future__ import annotations

import resource
from typing import Final

RESERVED: Final = 256
"""Descriptors that no connection takes."""


def room(wanted: int) -> int:
    """For how many connections, of those wanted, there are descriptors. Raises the process's soft limit for them.

    Without such a bound a server at its limit would try in vain to accept, again and again, and could open no file.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + RESERVED
    limit = soft if soft == resource.RLIM_INFINITY else max(soft, needed if hard == resource.RLIM_INFINITY else hard)
    if limit == resource.RLIM_INFINITY:
        return wanted
    if soft < (raised := min(needed, limit)):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
        except (ValueError, OSError):  # some systems have a bound of their own below the hard limit
            limit = soft
    return min(wanted, limit - min(RESERVED, limit // 2))
