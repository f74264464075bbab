"""The certificate in force, and whether the one on disk is another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from andon.domain.clock import DAY, Clock, rfc3339
from andon.files import stamp
from andon.tls.material import TlsFault, TlsFiles, read

SOON: Final = 14 * DAY
"""So long before it expires a certificate is warned of (µs), or when a fifth of its life is left, if that is later."""


class Certificates:
    """Reads the files at the start and where they have changed. What can't be used changes nothing."""

    def __init__(self, files: TlsFiles, clock: Clock) -> None:
        """Raises TlsFault."""
        self.files: Final = files
        self._clock = clock
        self._seen = self._stamps()
        self.current = read(files)
        self.fault = ""

    @property
    def warnings(self) -> Sequence[str]:
        """What to mend soon."""
        begin, end = self.current.begin_time, self.current.expire_time
        if end - self._clock.now() > min(SOON, (end - begin) // 5):
            return ()
        return (f"{self.files.certificate} expires at {rfc3339(end)}",)

    def step(self) -> bool:
        """Reads the files again where they have changed; True where they had, for better or worse."""
        seen = self._stamps()
        if seen == self._seen:
            return False
        self._seen = seen
        try:
            self.current, self.fault = read(self.files), ""
        except TlsFault as fault:
            self.fault = str(fault)
        return True

    def _stamps(self) -> tuple[object, ...]:
        return tuple(map(stamp, self.files.all))
