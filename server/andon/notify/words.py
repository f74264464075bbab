"""What people are told: a line for each thing, and a link. Nothing that a caller wrote is in it but names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from andon.domain.canonical import JsonObject
from andon.domain.clock import MINUTE
from andon.domain.delivery import Happening
from andon.notify.cloudevents import moment, page_link
from andon.notify.events import Event, Occasion, outcome_of, queue_of
from andon.units import format_span

MOST: Final = 20
"""Lines of one message; what is more is counted."""


def title(occasions: Sequence[Occasion]) -> str:
    """The heading of a message."""
    return "Andon" if len(occasions) == 1 else f"Andon: {len(occasions)} events"


def text(occasions: Sequence[Occasion], now: int, public_url: str) -> str:
    """The message."""
    lines = [_line(occasion, now, public_url) for occasion in occasions[:MOST]]
    if len(occasions) > MOST:
        lines.append(f"and {len(occasions) - MOST} more")
    return "\n".join(lines)


def _line(occasion: Occasion, now: int, public_url: str) -> str:
    happening, delivery = occasion.happening, occasion.delivery
    if happening is None:
        waited = format_span((now - delivery.time) // MINUTE * MINUTE)
        said = f"{delivery.subject}: a task has waited for {waited}"
    else:
        said = _said(Event(delivery.event), happening)
    link = page_link(occasion, public_url)
    return f"{said} {link}" if link else said


def _said(event: Event, happening: Happening) -> str:
    body = happening.body
    if event is Event.REVISION:
        return f"policy revision {str(body.get('revision', ''))[:12]} is in force"
    if event is Event.RETRAIN:
        return f"{body.get('action')}: {body.get('labels')} new labels, time to retrain"
    action = "" if happening.decision is None else happening.decision.action
    return f"{action}: {_on_task(event, happening) or _on_end(event, happening)}"


def _on_task(event: Event, happening: Happening) -> str:
    """What somebody has to do now, or has to do sooner; empty for what has ended."""
    body, queue = happening.body, queue_of(happening)
    match event:
        case Event.HELD:
            return f"held in {queue}{_due(body)}{_why(happening)}"
        case Event.APPEALED:
            return f"appealed, in {queue}{_due(body)}"
        case Event.ESCALATED:
            return f"escalated to {queue}"
        case Event.REMINDED:
            due = moment(int(str(body["expire_time"])))[:16]
            return f"{body['at']}% of its time has passed in {queue}, due {due}Z"
        case _:
            return ""


def _on_end(event: Event, happening: Happening) -> str:
    outcome = outcome_of(happening).lower()
    if event is Event.APPEAL_RESOLVED:
        return f"appeal {outcome}"
    if happening.body.get("timeout_default") == "APPROVE":
        return f"{outcome}, and passes unjudged"
    return f"{outcome}{_why(happening) if event is Event.BLOCKED else ''}"


def _due(body: JsonObject) -> str:
    task = body.get("task")
    return f", due {moment(int(str(task['expire_time'])))[:16]}Z" if isinstance(task, dict) else ""


def _why(happening: Happening) -> str:
    reasons = [] if happening.decision is None else [reason.text for reason in happening.decision.reasons]
    return f" ({'; '.join(reasons)})" if reasons else ""
