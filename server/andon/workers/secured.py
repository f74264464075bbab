"""Takes a changed certificate into force without a restart, and ends connections that say nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from andon.domain.clock import Clock
from andon.telemetry.logs import get_logger
from andon.tls.certificates import Certificates
from andon.tls.material import Material

_log = get_logger("andon.tls")


class Secured:
    """What both ports show of themselves, kept as the files have it."""

    def __init__(
        self,
        certificates: Certificates,
        renew_grpc: Callable[[Material], None],
        renew_http: Callable[[], Awaitable[bool]],
    ) -> None:
        self.certificates: Final = certificates
        self._renew_grpc = renew_grpc
        self._renew_http = renew_http

    async def taken(self) -> None:
        """The files hold another certificate: connections made from now on see it, those there are go on."""
        try:
            await self._renew_http()
        except OSError as error:
            self.certificates.fault = f"{self.certificates.files.certificate}: {error}"
            _log.error("certificate not taken for HTTP; the last one stays in force there", fault=str(error))
        self._renew_grpc(self.certificates.current)

    def told(self) -> dict[str, object]:
        """What /healthz says: nothing where nothing is to mend."""
        fault, warnings = self.certificates.fault, list(self.certificates.warnings)
        return {"tls": {"fault": fault, "warnings": warnings}} if fault or warnings else {}


class Renew:
    """Lets HTTP's connections under TLS begin anew now and then: who says nothing from the start is timed by nobody."""

    name: Final = "renew"

    def __init__(
        self, certificates: Certificates, renew: Callable[[], Awaitable[bool]], clock: Clock, every: int
    ) -> None:
        """Once `every` so many µs, however often it is stepped."""
        self._certificates = certificates
        self._renew = renew
        self._clock = clock
        self._every = every
        self._next = clock.now() + every

    async def step(self) -> bool:
        """Does so where it is time, unless the files can't be used at the moment."""
        now = self._clock.now()
        if now < self._next or self._certificates.fault:
            return False
        self._next = now + self._every
        try:
            await self._renew()
        except OSError as error:
            _log.warning("HTTP connections not renewed", why=str(error))
        return False
