"""GetSession: who the caller is, and what they may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import andon
from andon.domain.principal import Principal
from andon.usecases.access import methods_of
from andon.usecases.limits import Limits


@dataclass(frozen=True, slots=True)
class Session:
    """A caller as the server knows them. `lease_duration` (µs) is how long a lease lasts unless it is renewed."""

    principal: Principal
    methods: Sequence[str]
    lease_duration: int
    server_version: str


def session_of(principal: Principal, limits: Limits) -> Session:
    """What a client needs to know of the one it acts for."""
    return Session(principal, methods_of(principal), limits.lease_duration, andon.__version__)
