"""Decisions and tasks as a person reads them: everything, and what will happen first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from andon_client.cli.text import clean, json_text, span, style, until
from andon_client.model import Decision, Explanation, WaitEstimate

_WIDTH: Final = 13


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
    if decision.passed_unjudged:
        yield _field("passes", "nobody has judged it; its policy lets it pass then")
    if decision.redemption:
        used = decision.redemption
        yield _field("redeemed", f"by {clean(used.redeemer)}, {until(used.time)}")
    if decision.erase_time:
        yield _field("erased", f"its personal data, {until(decision.erase_time)}")
    if decision.masked_fields:
        yield _field("masked", f"kept from your role: {', '.join(map(clean, decision.masked_fields))}")
    if decision.comment:
        yield _field("comment", clean(decision.comment))
    if decision.passed and decision.prediction is not None:
        yield _field("act on", json_text(decision.prediction))
    for appeal in decision.appeals:
        yield _field(f"appeal {appeal.level}", f"by {clean(appeal.appellant)}: {clean(appeal.comment)}")
        if (ended := appeal.resolution) is not None:
            said = f": {clean(ended.comment)}" if ended.comment else ""
            yield _field("", f"{ended.outcome} by {clean(ended.resolved_by)}{said}")


def _usual(wait: WaitEstimate) -> str:
    p50, p90 = span(wait.p50.total_seconds()), span(wait.p90.total_seconds())
    return f"{p50} for nine in ten" if p50 == p90 else f"{p50}; nine in ten within {p90}"


def _field(name: str, text: str) -> str:
    return f"  {style(name.ljust(_WIDTH), 'dim')}{text}"
