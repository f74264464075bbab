"""Log lines of the store. A line that can't be written must never fail the work it tells of."""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import suppress
from typing import Final

import structlog

MOST_ONCE: Final = 1_000
"""So many warnings are told once each; of others of their kind nothing is said until the next start."""

_log = structlog.get_logger(__name__)
_said: Final = set[Hashable]()


def inform(event: str, **facts: object) -> None:
    """Logs what is good to know."""
    with suppress(Exception):
        _log.info(event, **facts)


def warn(event: str, **facts: object) -> None:
    """Logs what asks for a look."""
    with suppress(Exception):
        _log.warning(event, **facts)


def warn_once(event: str, **facts: Hashable) -> None:
    """The same where whoever reads comes upon it again and again: each event with its facts once."""
    about = (event, *sorted(facts.items()))
    if about not in _said and len(_said) < MOST_ONCE:
        _said.add(about)
        warn(event, **facts)


def fault(event: str, cause: BaseException | None = None, **facts: object) -> None:
    """Logs a fault, with the trace of an error where one is given."""
    with suppress(Exception):
        _log.error(event, exc_info=cause, **facts)
