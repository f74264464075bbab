"""A policy as its file states it, for people who want to read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from andon.domain.clock import DAY, HOUR, MINUTE, SECOND
from andon.policy.model import Defaults, PolicyFile

_UNITS: Final = (("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", SECOND))
_WORDS: Final = {"d": "days", "h": "h", "m": "min", "s": "s"}


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """A policy with the file it came from. `text` is what was read when it was compiled, not what is on disk now."""

    file: str
    text: str
    model: PolicyFile


def span_text(span: int) -> str:
    """A span (µs, whole seconds) as policies write it: `90s`, `15m`, `4h`, `2d`. The inverse of `model.duration`."""
    number, unit = _largest(span)
    return f"{number}{unit}"


def deadline_text(defaults: Defaults) -> str:
    """Time for a verdict and what a missed deadline does, such as `4 h, then escalated to leads for 1 h`."""
    plan = defaults.on_deadline
    if plan is None:
        return f"{_spoken(defaults.deadline)}, then expired"
    return f"{_spoken(defaults.deadline)}, then escalated to {plan.queue} for {_spoken(plan.deadline)}, then expired"


def _spoken(span: int) -> str:
    number, unit = _largest(span)
    return "1 day" if (number, unit) == (1, "d") else f"{number} {_WORDS[unit]}"


def _largest(span: int) -> tuple[int, str]:
    """The span in the largest unit that it is a whole number of."""
    return next((span // length, unit) for unit, length in _UNITS if span % length == 0)
