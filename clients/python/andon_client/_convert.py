"""From the contract's messages to the objects of `andon_client.model`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from google.protobuf import duration_pb2, timestamp_pb2

from andon_client._gen.andon.v1 import decision_pb2, decision_service_pb2
from andon_client._json import from_struct
from andon_client.model import (
    Appeal,
    Attributes,
    Decision,
    DecisionEvent,
    Explanation,
    Model,
    Outcome,
    Reason,
    Redemption,
    Resolution,
    Route,
    Routing,
    RuleResult,
    State,
    TimeoutDefault,
    WaitEstimate,
)
from andon_client.proposal import Proposal

E = TypeVar("E", bound=StrEnum)

_UNKNOWN: Final = "UNKNOWN"
_DEFAULTS: Final = {
    decision_pb2.TIMEOUT_DEFAULT_REJECT: TimeoutDefault.REJECT,
    decision_pb2.TIMEOUT_DEFAULT_APPROVE: TimeoutDefault.APPROVE,
}
"""What it does not hold says nothing, so nothing may happen."""


def enum_value(kind: type[E], wrapper: Any, prefix: str, number: int) -> E:
    """The value of our own enum; UNKNOWN for numbers this release does not know, and for 0."""
    try:
        return kind(wrapper.Name(number).removeprefix(prefix))
    except ValueError:
        return kind(_UNKNOWN)


def time_of(stamp: timestamp_pb2.Timestamp) -> datetime:
    """A time in UTC."""
    return stamp.ToDatetime(tzinfo=UTC)


def stamp_of(moment: datetime | None) -> timestamp_pb2.Timestamp | None:
    """A time as a message. Raises ValueError where it does not know its time zone."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("a time must know its time zone, as datetime.now(UTC) does")
    stamp = timestamp_pb2.Timestamp()
    stamp.FromDatetime(moment)
    return stamp


def duration(seconds: float) -> duration_pb2.Duration:
    """A span of seconds as a message, to the nanosecond."""
    message = duration_pb2.Duration()
    message.FromNanoseconds(round(max(0.0, seconds) * 1e9))
    return message


def decision_of(message: decision_pb2.Decision, proposal: Proposal | None = None) -> Decision:
    """A decision. The proposal fills in what answers leave out, unless another has taken its place."""
    erased = message.HasField("erase_time")
    decision = Decision(
        name=message.name,
        action=message.action,
        state=enum_value(State, decision_pb2.DecisionState, "DECISION_STATE_", message.state),
        routing=_routing(message.routing),
        confidence=message.confidence if message.HasField("confidence") else None,
        model=Model(message.model.name, message.model.version),
        attributes=attributes_of(message.attributes),
        resolution=_resolution(message.resolution) if message.HasField("resolution") else None,
        input=from_struct(message.input) if message.HasField("input") and not erased else None,
        proposed=from_struct(message.prediction) if message.HasField("prediction") and not erased else None,
        reasoning=message.reasoning or None,
        submitter=message.submitter,
        on_behalf_of=message.on_behalf_of,
        payload_hash=message.payload_hash,
        sequence=message.sequence,
        task=message.task,
        create_time=time_of(message.create_time) if message.HasField("create_time") else None,
        expire_time=time_of(message.expire_time) if message.HasField("expire_time") else None,
        estimated_wait=_estimate(message.estimated_wait) if message.HasField("estimated_wait") else None,
        appeals=tuple(map(_appeal, message.appeals)),
        supersedes=message.supersedes,
        superseded_by=message.superseded_by,
        amendments=message.amendments,
        redemption=_redemption(message.redemption) if message.HasField("redemption") else None,
        erase_time=time_of(message.erase_time) if erased else None,
        masked_fields=tuple(message.masked_fields),
    )
    return with_proposal(decision, proposal) if proposal and not message.amendments else decision


def event_of(message: decision_service_pb2.DecisionEvent) -> DecisionEvent:
    """Something that happened to a decision."""
    kinds = decision_service_pb2.DecisionEventType
    known = message.type in kinds.values()
    return DecisionEvent(
        type=kinds.Name(message.type).removeprefix("DECISION_EVENT_TYPE_") if known else _UNKNOWN,
        time=time_of(message.create_time),
        actor=message.actor,
        task=message.task,
        details=from_struct(message.details),
        sequence=message.sequence,
    )


def with_proposal(decision: Decision, proposal: Proposal) -> Decision:
    """The decision with the input, prediction and reasoning that were submitted."""
    return replace(
        decision,
        input=dict(proposal.input),
        proposed=dict(proposal.prediction),
        reasoning=proposal.reasoning,
    )


def explanation_of(response: decision_service_pb2.SubmitResponse, proposal: Proposal) -> Explanation:
    """The answer to a submission that was only validated."""
    rules = tuple(
        RuleResult(rule.rule, rule.matched, _route(rule.route), rule.text, rule.error, rule.sample_rate)
        for rule in response.explanation.rules
    )
    return Explanation(decision_of(response.decision, proposal), rules, response.explanation.nearest_change)


def attributes_of(message: decision_pb2.Attributes) -> Attributes:
    """The facts that policies read."""
    return Attributes(
        amount=message.amount.value if message.HasField("amount") else None,
        currency=message.currency,
        irreversible=message.irreversible,
        anomalous=message.anomalous,
        regulated=message.regulated,
        high_value=message.high_value,
        subject=message.subject,
        extra=from_struct(message.extra),
    )


def outcome_of(number: int) -> Outcome:
    """How a decision ended."""
    return enum_value(Outcome, decision_pb2.Outcome, "OUTCOME_", number)


def _route(number: int) -> Route:
    return enum_value(Route, decision_pb2.Route, "ROUTE_", number)


def _routing(message: decision_pb2.Routing) -> Routing:
    return Routing(
        route=_route(message.route),
        reasons=tuple(Reason(reason.rule, reason.text, _route(reason.route)) for reason in message.reasons),
        policy=message.policy,
        policy_revision=message.policy_revision,
        threshold=message.threshold if message.HasField("threshold") else None,
        review_propensity=message.review_propensity,
        sampled=message.sampled,
        coin_source=message.coin_source,
    )


def _resolution(message: decision_pb2.Resolution) -> Resolution:
    corrected = message.HasField("corrected_prediction")
    return Resolution(
        outcome=outcome_of(message.outcome),
        resolved_by=message.resolved_by,
        comment=message.comment,
        corrected_prediction=from_struct(message.corrected_prediction) if corrected else None,
        time=time_of(message.resolve_time) if message.HasField("resolve_time") else None,
        timeout_default=_DEFAULTS.get(message.timeout_default),
    )


def _redemption(message: decision_pb2.Redemption) -> Redemption:
    return Redemption(message.redeemer, time_of(message.create_time))


def _appeal(message: decision_pb2.Appeal) -> Appeal:
    return Appeal(
        level=message.level,
        appellant=message.appellant,
        comment=message.comment,
        task=message.task,
        create_time=time_of(message.create_time),
        resolution=_resolution(message.resolution) if message.HasField("resolution") else None,
    )


def _estimate(message: decision_pb2.WaitEstimate) -> WaitEstimate:
    return WaitEstimate(message.p50.ToTimedelta(), message.p90.ToTimedelta())
