"""A policy as its file states it, for people who want to read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from andon.domain.clock import DAY, HOUR, MINUTE, SECOND
from andon.domain.plan import Quorum, Rung, WorkPlan
from andon.policy.api import TaskPlan
from andon.policy.model import Defaults, PolicyFile
from andon.policy.work import End

_UNITS: Final = (("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", SECOND))
_ENDS: Final = {
    End.EXPIRE: "",
    End.REJECT: " (by default: reject)",
    End.APPROVE_IF_REVERSIBLE: " (by default: approve what can be undone, reject the rest)",
}
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
    """Time for a verdict and what a missed deadline does: `4 h, then escalated to leads for 1 h, then expired`."""
    missed = defaults.on_deadline
    plan = missed.escalation
    moved = "" if plan is None else f", then escalated to {plan.queue} for {_spoken(plan.deadline)}"
    return f"{_spoken(defaults.deadline)}{moved}, then expired{_ENDS[missed.end]}"


def plan_words(plan: TaskPlan) -> Iterator[str]:
    """What a plan asks beyond the task itself, a line each: quorum, ladder, more time, the timeout's default."""
    work = plan.work or WorkPlan()
    if work.quorum is not None:
        yield f"quorum {_quorum_words(work.quorum)}"
    for rung in work.ladder:
        yield f"at {rung.at} %: {', '.join(_rung_words(rung))}"
    if work.more_time is not None:
        yield f"more time: {_spoken(work.more_time.by)}, {_times(work.more_time.times)}"
    if work.on_timeout is not None:
        yield f"nobody in time: {work.on_timeout.name.lower()} by default"


def _quorum_words(quorum: Quorum) -> str:
    parts = [str(quorum)]
    if quorum.veto:
        parts.append(f"veto {', '.join(quorum.veto)}")
    parts.append("blind" if quorum.blind else "open")
    parts.append(f"{quorum.extra} more where verdicts differ")
    parts.append(f"then one of {quorum.tie_break} decides" if quorum.tie_break else "then rejected")
    return "; ".join(parts)


def _rung_words(rung: Rung) -> Iterator[str]:
    if rung.notify:
        yield "notify"
    if rung.priority is not None:
        yield f"priority {rung.priority.name.lower()}"
    if rung.skills is not None:
        yield f"skills {', '.join(rung.skills)}" if rung.skills else "no skills needed"
    if rung.queue:
        yield f"escalate to {rung.queue}"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _spoken(span: int) -> str:
    number, unit = _largest(span)
    return "1 day" if (number, unit) == (1, "d") else f"{number} {_WORDS[unit]}"


def _largest(span: int) -> tuple[int, str]:
    """The span in the largest unit that it is a whole number of."""
    return next((span // length, unit) for unit, length in _UNITS if span % length == 0)
