"""Decisions and tasks as a person reads them: everything, and what will happen first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from andon_client.cli.text import block, clean, json_text, span, style, until
from andon_client.model import Attributes, Decision, Explanation, WaitEstimate
from andon_client.task import Task

_WIDTH: Final = 13
_FLAGS: Final = {
    "irreversible": "CAN'T BE UNDONE",
    "regulated": "regulated",
    "anomalous": "unusual input",
    "high_value": "high value",
}


def decision_text(decision: Decision) -> str:
    """A decision and how it stands."""
    return "\n".join(_decision(decision))


def explanation_text(explanation: Explanation) -> str:
    """How a proposal would be routed, rule by rule."""
    routing = explanation.decision.routing
    lines = [_field("route", style(str(routing.route), "bold")), _field("policy", clean(routing.policy or "none"))]
    if routing.threshold is not None:
        lines.append(_field("threshold", f"{routing.threshold:g}"))
    for rule in explanation.rules:
        mark = "matched" if rule.matched else "error" if rule.error else "-"
        said = clean(rule.error or rule.text)
        lines.append(_field(mark, f"{clean(rule.rule)} → {rule.route}: {said}"))
    if explanation.nearest_change:
        lines.append(_field("otherwise", clean(explanation.nearest_change)))
    return "\n".join(lines)


def task_text(task: Task) -> str:
    """A task, whole: what will happen if it is approved, why it was held, what the AI saw and said."""
    decision = task.decision
    return "\n".join(
        [
            *_head(task),
            _title("If approved, this will be done"),
            *_effect(decision),
            _title("Held because"),
            *_reasons(decision),
            _title("The AI says"),
            *_argument(decision),
            _title("It saw"),
            *(rows(decision.input) or ["  (no input)"]),
        ]
    )


def rows(value: Mapping[str, Any] | None, indent: str = "  ") -> list[str]:
    """A JSON object as a table of paths and values; nothing is cut."""
    pairs = list(_flat(value or {}, ""))
    width = min(max((len(path) for path, _ in pairs), default=0), 32)
    lines: list[str] = []
    for path, text in pairs:
        first, *others = text.split("\n")
        lines.append(f"{indent}{style(path.ljust(width), 'cyan')}  {first}")
        lines += [" " * (len(indent) + width + 2) + other for other in others]
    return lines


def reason_lines(decision: Decision) -> list[str]:
    """Why a decision was routed as it was, one reason a line."""
    return [f"{clean(reason.text or reason.rule)} ({clean(reason.rule)})" for reason in decision.reasons]


def _decision(decision: Decision) -> Iterator[str]:
    outcome = decision.outcome
    colour = "yellow" if outcome is None else "green" if decision.passed else "red"
    yield f"{clean(decision.name)}  {style(str(outcome or decision.state), 'bold', colour)}"
    yield _field("action", clean(decision.action))
    policy = f" by policy {clean(decision.routing.policy)}" if decision.routing.policy else ""
    yield _field("route", f"{decision.routing.route}{policy}")
    for line in reason_lines(decision):
        yield _field("because", line)
    if decision.estimated_wait:
        yield _field("usual wait", _usual(decision.estimated_wait))
    if decision.expire_time:
        yield _field("expires", until(decision.expire_time))
    if decision.resolution:
        yield _field("resolved by", clean(decision.resolution.resolved_by))
    if decision.comment:
        yield _field("comment", clean(decision.comment))
    if decision.passed and decision.prediction is not None:
        yield _field("act on", json_text(decision.prediction))


def _usual(wait: WaitEstimate) -> str:
    p50, p90 = span(wait.p50.total_seconds()), span(wait.p90.total_seconds())
    return f"{p50} for nine in ten" if p50 == p90 else f"{p50}; nine in ten within {p90}"


def _head(task: Task) -> Iterator[str]:
    decision = task.decision
    yield style(clean(decision.action), "bold") + style(f"  {task.priority} · {clean(task.queue)}", "dim")
    yield _field("task", clean(task.name))
    yield _field("decision", f"{clean(decision.name)} from {clean(decision.submitter)}")
    yield _field("deadline", until(task.expire_time) or "none")
    if task.escalations:
        yield _field("escalated", f"{task.escalations} ×")


def _effect(decision: Decision) -> Iterator[str]:
    attributes = decision.attributes
    yield f"  {style(clean(decision.action), 'bold')} with"
    yield from rows(decision.proposed, "    ") or ["    (no prediction)"]
    yield from _facts(attributes)


def _facts(attributes: Attributes) -> Iterator[str]:
    if attributes.amount is not None:
        yield _field("amount", style(f"{attributes.amount:,.15g} {clean(attributes.currency)}".rstrip(), "bold"))
    flags = [text for name, text in _FLAGS.items() if getattr(attributes, name)]
    if flags:
        yield _field("marks", style(", ".join(flags), "red"))
    if attributes.subject:
        yield _field("about", clean(attributes.subject))
    yield from rows(attributes.extra)


def _reasons(decision: Decision) -> Iterator[str]:
    for line in reason_lines(decision) or ["no policy lets it pass"]:
        yield f"  • {line}"
    if decision.routing.threshold is not None:
        yield _field("threshold", f"{decision.routing.threshold:g}")


def _argument(decision: Decision) -> Iterator[str]:
    model = decision.model
    said = "unknown" if decision.confidence is None else f"{decision.confidence:.3g}"
    yield _field("confidence", style(said, "bold"))
    if model.name or model.version:
        yield _field("model", clean(f"{model.name} {model.version}".strip()))
    yield block(decision.reasoning or "(gives no reasoning)")


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every leaf with its path. Empty objects and lists are leaves, so that nothing goes unseen."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            name = clean(key)
            yield from _flat(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _flat(item, f"{path}[{index}]")
    elif path:
        yield path, clean(value, lines=True) if isinstance(value, str) else json_text(value)


def _title(text: str) -> str:
    return f"\n{style(text, 'bold')}"


def _field(name: str, text: str) -> str:
    return f"  {style(name.ljust(_WIDTH), 'dim')}{text}"
