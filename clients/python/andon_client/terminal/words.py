"""Why a decision was held, what happened to it, and what the server refused, in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, NamedTuple

from andon_client._convert import time_of
from andon_client._gen.andon.v1 import decision_service_pb2 as service
from andon_client._json import from_struct
from andon_client.errors import AndonError
from andon_client.model import Decision, Outcome, Reason, Route
from andon_client.task import Kind, Task
from andon_client.terminal.formats import share_text

IRREVERSIBLE: Final = "CAN'T BE UNDONE"
_FLAGS: Final = {
    "anomalous": "unlike what the model was trained on",
    "regulated": "a regulation asks for a person",
    "high_value": "high value",
}
_KINDS: Final = {
    Kind.AUDIT: "A check: the decision has already passed.",
    Kind.APPEAL: "An appeal: a second look at a decision that has ended.",
}
_OUTCOMES: Final = {Outcome.CANCELLED: "withdrawn", Outcome.AUTO_APPROVED: "passed by policy"}
_STRICTNESS: Final = {Route.BLOCK: 0, Route.REVIEW: 1}
_ROUTED: Final = {
    "REVIEW": ": held for a person",
    "AUTO_APPROVE": ": passed by the policy",
    "BLOCK": ": blocked by the policy",
}
_LOOKS: Final = (service.DECISION_EVENT_TYPE_VIEWED, service.DECISION_EVENT_TYPE_READ)
_JUDGED: Final = {"APPROVE": "approved it", "REJECT": "rejected it", "CORRECT": "corrected it"}
_NEXT_STEP: Final = {
    "LEASE_LOST": "Somebody else may hold it now. Your draft is kept here.",
    "TASK_CLOSED": "Your draft is kept here.",
    "PAYLOAD_CHANGED": "The caller has changed this decision. Read it again.",
    "POLICY_STRICTER": "The policies are stricter now: your verdict does not count.",
}


class Moment(NamedTuple):
    """Something that happened: a sentence, what was said, when."""

    text: str
    comment: str
    time: datetime


def effect(task: Task) -> str:
    """What will happen if the decision is approved, in one sentence."""
    stated = task.presentation.effect if task.presentation else ""
    return stated or f"If you approve, {task.decision.action} is carried out as the AI proposes."


def held_because(decision: Decision) -> list[tuple[str, str]]:
    """Every rule that asked for a person, strictest first, as (words, rule); never empty."""
    reasons = sorted(decision.reasons, key=lambda reason: _STRICTNESS.get(reason.route, 2))
    return [_held(reason) for reason in reasons] or [("No rule says why. What no policy governs goes to a person.", "")]


def facts(task: Task) -> list[str]:
    """What else there is to know before judging: the kind of work, the threshold, the coin, the marks."""
    decision, routing = task.decision, task.decision.routing
    said = [_KINDS[task.kind]] if task.kind in _KINDS else []
    if decision.confidence is not None and routing.threshold is not None:
        side = "below" if decision.confidence < routing.threshold else "not below"
        said.append(
            f"Confidence {share_text(decision.confidence)} is {side} the threshold of {share_text(routing.threshold)}."
        )
    if routing.sampled:
        said.append("Drawn at random, not because something is wrong.")
    marks = [text for name, text in _FLAGS.items() if getattr(decision.attributes, name)]
    return [*said, f"Marked: {', '.join(marks)}."] if marks else said


def outcome_words(outcome: Outcome | None) -> str:
    """How a decision ended, in one or two words."""
    return "open" if outcome is None else _OUTCOMES.get(outcome, str(outcome).lower())


def moment_of(event: service.DecisionEvent) -> Moment:
    """One event in a sentence. One that this release does not know is told as such, not hidden."""
    details = from_struct(event.details)
    return Moment(_sentence(event, details), _word(details, "comment"), time_of(event.create_time))


def refusal(error: AndonError) -> str:
    """What the server refused and why, one fault a line, and what to do next."""
    lines = [error.message, *(f"{fault.path}: {fault.description}" for fault in error.faults)]
    if error.reason in _NEXT_STEP:
        lines.append(_NEXT_STEP[error.reason])
    if error.request_id and error.reason in ("INTERNAL", ""):
        lines.append(f"request id {error.request_id}")
    return "\n".join(lines)


def _held(reason: Reason) -> tuple[str, str]:
    text = reason.text or f"Rule {reason.rule}"
    suffix = {Route.AUTO_APPROVE: " (would let it pass)", Route.BLOCK: " (asks to block it)"}.get(reason.route, "")
    return text + suffix, reason.rule


def _sentence(event: service.DecisionEvent, details: dict[str, Any]) -> str:
    actor = event.actor or ("somebody (hidden until your verdict)" if event.type in _LOOKS else "the server")
    simple = {
        service.DECISION_EVENT_TYPE_LEASED: f"{actor} took it",
        service.DECISION_EVENT_TYPE_RELEASED: f"{actor} {'passed it on' if details.get('skip') else 'gave it back'}",
        service.DECISION_EVENT_TYPE_EXPIRED: "the deadline passed and nobody had judged it",
        service.DECISION_EVENT_TYPE_CANCELLED: f"{actor} withdrew it",
        service.DECISION_EVENT_TYPE_SUBMITTED: f"{actor} submitted it{_ROUTED.get(_word(details, 'route'), '')}",
        service.DECISION_EVENT_TYPE_LAPSED: f"the lease of {_word(details, 'holder') or actor} lapsed",
        service.DECISION_EVENT_TYPE_REVIEWED: f"{actor} {_JUDGED.get(_word(details, 'verdict'), 'judged it')}",
        service.DECISION_EVENT_TYPE_ESCALATED: _escalated(actor, details),
        **_changed(actor, details),
    }
    if event.type == service.DECISION_EVENT_TYPE_REVIEWED and not event.actor:
        return "a verdict was given (hidden until yours)"
    return simple.get(event.type, f"something this release does not know happened (by {actor})")


def _changed(actor: str, details: dict[str, Any]) -> dict[int, str]:
    """What happens to the work on a decision, to its proposal and to its end."""
    group, routed = _word(details, "group"), _ROUTED.get(_word(details, "route"), "")
    gone = "what it had proposed about somebody else" if details.get("earlier_proposals") else "its personal data"
    return {
        service.DECISION_EVENT_TYPE_OPENED: f"one more person is asked{f', of {group}' if group else ''}",
        service.DECISION_EVENT_TYPE_CLOSED: "a task was closed: no verdict on it is needed any more",
        service.DECISION_EVENT_TYPE_CLIMBED: _climbed(details),
        service.DECISION_EVENT_TYPE_EXTENDED: f"{actor} asked for more time",
        service.DECISION_EVENT_TYPE_AMENDED: f"{actor} changed what it proposes{routed}",
        service.DECISION_EVENT_TYPE_REEVALUATED: f"the policies had become stricter{routed}",
        service.DECISION_EVENT_TYPE_APPEALED: f"{actor} contested its end",
        service.DECISION_EVENT_TYPE_VIEWED: f"{actor} looked at it",
        service.DECISION_EVENT_TYPE_READ: f"{actor} read its sensitive fields",
        service.DECISION_EVENT_TYPE_REDEEMED: f"{actor} redeemed the answer",
        service.DECISION_EVENT_TYPE_ERASED: f"{actor} erased {gone}",
    }


def _climbed(details: dict[str, Any]) -> str:
    steps = ["reviewers were reminded"] if details.get("notify") is True else []
    if priority := _word(details, "priority"):
        steps.append(f"its priority is {priority.lower()}")
    if isinstance(skills := details.get("skills"), list):
        steps.append(f"those with {', '.join(map(str, skills))} may judge it" if skills else "anybody may judge it")
    return f"time went by{_share(details)}{': ' if steps else ''}{', '.join(steps)}"


def _share(details: dict[str, Any]) -> str:
    return f" ({details['at']}% of its time)" if "at" in details else ""


def _escalated(actor: str, details: dict[str, Any]) -> str:
    queue = _word(details, "queue") or _word(details, "to")
    to = f"queue {queue}" if queue else "the next queue"
    if "at" in details:
        return f"time went by{_share(details)}: it went to {to}"
    return f"the deadline passed: it went to {to}" if actor == "deadline" else f"{actor} handed it to {to}"


def _word(details: dict[str, Any], name: str) -> str:
    value = details.get(name)
    return value if isinstance(value, str) else ""
