"""Log lines of the store. A line that can't be written must never fail the work it tells of."""

from __future__ import annotations

from contextlib import suppress

import structlog

_log = structlog.get_logger(__name__)


def warn(event: str, **facts: object) -> None:
    """Logs what asks for a look."""
    with suppress(Exception):
        _log.warning(event, **facts)


def fault(event: str, cause: BaseException | None = None, **facts: object) -> None:
    """Logs a fault, with the trace of an error where one is given."""
    with suppress(Exception):
        _log.error(event, exc_info=cause, **facts)
