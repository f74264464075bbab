"""Whether the ledger is as it was written, as far as it was read."""

from __future__ import annotations

from typing import Final

from andon.domain.chain import Misfit
from andon.telemetry.logs import get_logger
from andon.telemetry.metrics import Metrics

_log = get_logger("andon.ledger")


class Standing:
    """What the duties that read the ledger have found."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics: Final = metrics
        self._faults: dict[str, str] = {}

    @property
    def fault(self) -> str:
        """The first entry that does not fit, and why; empty where all that was read fits."""
        return next(iter(self._faults.values()), "")

    def misfit(self, duty: str, misfit: Misfit) -> None:
        """A duty has found an entry that does not fit. It is logged once."""
        if self._faults.get(duty) != str(misfit):
            _log.critical("ledger does not fit", entry=misfit.sequence, why=misfit.why, found_by=duty)
        self._faults[duty] = str(misfit)
        self._metrics.ledger_sound(False)

    def fits(self, duty: str) -> None:
        """All that this duty had to read fits."""
        if self._faults.pop(duty, None) is not None:
            _log.warning("ledger fits again", found_by=duty)
        self._metrics.ledger_sound(not self._faults)

    def audited(self, time: int) -> None:
        """A whole round of the audit has ended then, and all of it fits."""
        self._metrics.ledger_audited(time)

    def sealed(self, size: int, time: int) -> None:
        """The last checkpoint covers so many entries and was signed then."""
        self._metrics.ledger_sealed(size, time)
        _log.debug("ledger sealed", size=size, time=time)
