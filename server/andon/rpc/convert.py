"""Domain to contract and back."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeAlias

from google.protobuf.struct_pb2 import Struct

from andon.domain.canonical import Document, JsonObject, canonical
from andon.domain.decision import Attributes, Decision, Model, Outcome, Proposal, Route, Routing
from andon.domain.event import DecisionEvent
from andon.domain.review import Review, Verdict, human_label, sample_weight
from andon.domain.samples import Sample
from andon.domain.task import Lease, Task
from andon.policy.api import Explanation
from andon.rpc.presentation import fill_presentation, shown_message
from andon.rpc.structs import StructReader, fill_struct, struct_of
from andon.rpc.times import duration, fill_time, timestamp
from andon.rpc.work import fill_resolution, fill_work
from andon.store.values import Job
from andon.usecases.context import Standing
from andon.usecases.estimates import WaitEstimate
from andon_client._gen.andon.v1 import decision_pb2, decision_service_pb2, feedback_service_pb2, task_pb2

Estimator: TypeAlias = Callable[[str], WaitEstimate | None]
"""How long decisions of a queue take; None while it has no history."""

_MAX_EXTRA_ENTRIES: Final = 64
_MAX_EXTRA_SIZE: Final = 16 << 10


class ProposalReader:
    """Reads what callers propose, within the server's limits on size (bytes of canonical JSON) and depth."""

    def __init__(self, max_size: int, max_depth: int) -> None:
        self._structs = StructReader(max_size, max_depth)
        self._extra = StructReader(min(max_size, _MAX_EXTRA_SIZE), max_depth, _MAX_EXTRA_ENTRIES)

    def proposal(self, message: decision_pb2.Decision, size: int) -> Proposal:
        """The proposal of a validated decision that came in so many bytes.

        Raises PayloadTooLarge, PayloadTooDeep, FieldInvalid.
        """
        model = message.model
        return Proposal(
            action=message.action,
            confidence=message.confidence,
            input=self._structs.read(message.input, "decision.input", size),
            prediction=self._structs.read(message.prediction, "decision.prediction", size),
            reasoning=message.reasoning,
            model=Model(model.name, model.version),
            attributes=self._attributes(message.attributes),
            on_behalf_of=message.on_behalf_of,
        )

    def correction(self, struct: Struct) -> JsonObject:
        """A corrected prediction, as plain JSON. Errors as in `proposal`."""
        return self._structs.read(struct, "corrected_prediction").value

    def _attributes(self, message: decision_pb2.Attributes) -> Attributes:
        return Attributes(
            amount=message.amount.value if message.HasField("amount") else None,
            currency=message.currency,
            irreversible=message.irreversible,
            anomalous=message.anomalous,
            regulated=message.regulated,
            high_value=message.high_value,
            subject=message.subject,
            extra=self._extra.read(message.extra, "decision.attributes.extra") if message.HasField("extra") else {},
        )


def decision_message(
    decision: Decision,
    *,
    full: bool = False,
    estimate: WaitEstimate | None = None,
    into: decision_pb2.Decision | None = None,
) -> decision_pb2.Decision:
    """A decision as the contract has it; BASIC leaves out input, prediction and reasoning.

    `estimate` is told of an open decision only. `into` is filled where it is given: a message put into another one is
    copied by writing and parsing it.
    """
    message = decision_pb2.Decision() if into is None else into
    proposal = decision.proposal
    if decision.id:
        message.name = f"decisions/{decision.id}"
    if decision.task_id:
        message.task = f"tasks/{decision.task_id}"
    message.action = proposal.action
    message.confidence = proposal.confidence
    message.submitter = decision.submitter
    message.payload_hash = decision.payload_hash
    message.sequence = decision.sequence
    fill_time(message.create_time, decision.create_time)
    _fill_attributes(message.attributes, proposal.attributes)
    _fill_routing(message.routing, decision.routing)
    if proposal.model.name or proposal.model.version:
        _fill_model(message.model, proposal.model)
    if proposal.on_behalf_of:
        message.on_behalf_of = proposal.on_behalf_of
    if decision.masked:
        message.masked_fields.extend(decision.masked)
    if decision.erase_time is not None:
        fill_time(message.erase_time, decision.erase_time)
    if full:
        fill_struct(message.input, proposal.input)
        fill_struct(message.prediction, proposal.prediction)
        message.reasoning = proposal.reasoning
    if decision.supersedes:
        message.supersedes = f"decisions/{decision.supersedes}"
    if decision.superseded_by:
        message.superseded_by = f"decisions/{decision.superseded_by}"
    message.amendments = decision.amendments
    message.appeal_level = decision.appeals
    _fill_end(message, decision)
    if estimate is not None and decision.resolution is None:
        message.estimated_wait.p50.CopyFrom(duration(estimate.p50))
        message.estimated_wait.p90.CopyFrom(duration(estimate.p90))
    return message


def standing_message(
    standing: Standing, *, full: bool = False, into: decision_pb2.Decision | None = None
) -> decision_pb2.Decision:
    """A decision as it stands, with its estimate. `into` as in `decision_message`."""
    return decision_message(standing.decision, full=full, estimate=standing.estimate, into=into)


class LeaseWriter:
    """Writes leases. `length` is how long the server's leases last (µs)."""

    def __init__(self, length: int) -> None:
        self._length = duration(length)

    def message(self, lease: Lease, *, token_for: str = "") -> task_pb2.Lease:
        """A lease; its token only for its holder."""
        return task_pb2.Lease(
            holder=lease.holder,
            token=lease.token if token_for == lease.holder else "",
            expire_time=timestamp(lease.expire_time),
            epoch=lease.epoch,
            duration=self._length,
        )


def task_message(
    job: Job,
    leases: LeaseWriter,
    *,
    full: bool,
    token_for: str = "",
    estimate: WaitEstimate | None = None,
    into: task_pb2.Task | None = None,
) -> task_pb2.Task:
    """A task with its decision. The lease's token is shown to its holder alone: `token_for` names who asks.

    `into` as in `decision_message`.
    """
    message = bare_task_message(job.task, leases, token_for=token_for)
    if into is not None:
        into.CopyFrom(message)
        message = into
    decision_message(job.decision, full=full, estimate=estimate, into=message.decision)
    fill_presentation(message.presentation, job)
    return message


def bare_task_message(task: Task, leases: LeaseWriter, *, token_for: str = "") -> task_pb2.Task:
    """A task without its decision."""
    message = task_pb2.Task(
        name=task.name,
        kind=int(task.kind),  # type: ignore[arg-type]  # the numbers are the contract's
        state=int(task.state),  # type: ignore[arg-type]
        queue=task.queue,
        priority=int(task.priority),  # type: ignore[arg-type]
        urgency=task.urgency,
        skills=task.skills,
        expire_time=timestamp(task.expire_time),
        escalations=task.escalations,
        create_time=timestamp(task.create_time),
    )
    fill_work(message, task)
    if task.lease is not None:
        message.lease.CopyFrom(leases.message(task.lease, token_for=token_for))
    if task.correction_schema is not None:
        message.correction_schema.CopyFrom(_schema(canonical(task.correction_schema)))
    if task.first_lease_time is not None:
        message.first_lease_time.CopyFrom(timestamp(task.first_lease_time))
    return message


@lru_cache(maxsize=256)
def _schema(text: str) -> Struct:
    """A policy's schema, which all its tasks carry."""
    return struct_of(Document(text))


def review_message(review: Review) -> task_pb2.Review:
    """A verdict as it was recorded."""
    message = task_pb2.Review(
        task=f"tasks/{review.task_id}",
        reviewer=review.reviewer,
        verdict=int(review.verdict),  # type: ignore[arg-type]  # the numbers are the contract's
        comment=review.comment,
        create_time=timestamp(review.time),
        override=review.override,
        changed_fields=review.changed_fields,
        sequence=review.sequence,
        level=review.level,
    )
    if review.corrected_prediction is not None:
        message.corrected_prediction.CopyFrom(struct_of(review.corrected_prediction))
    if review.shown is not None:
        message.shown.CopyFrom(shown_message(review.shown))
    return message


def fill_event(message: decision_service_pb2.DecisionEvent, event: DecisionEvent) -> None:
    """Writes something that happened to a decision into an empty message."""
    message.type = event.kind  # type: ignore[assignment]  # the numbers are the contract's
    fill_time(message.create_time, event.time)
    message.actor = event.actor
    message.sequence = event.sequence
    if event.task_id:
        message.task = f"tasks/{event.task_id}"
    fill_struct(message.details, event.details)


def explanation_message(explanation: Explanation) -> decision_service_pb2.Explanation:
    """Why a decision is routed as it is."""
    rules = [
        decision_service_pb2.RuleResult(
            rule=result.rule,
            matched=result.matched,
            route=int(result.route),  # type: ignore[arg-type]  # the numbers are the contract's
            text=result.text,
            error=result.error,
            sample_rate=result.sample_rate,
        )
        for result in explanation.rules
    ]
    return decision_service_pb2.Explanation(rules=rules, nearest_change=explanation.nearest_change)


def sample_message(sample: Sample) -> feedback_service_pb2.Sample:
    """A verdict as a labelled sample."""
    review, decision = sample.review, sample.decision
    proposal, routing = decision.proposal, decision.routing
    outcome = decision.resolution.outcome if decision.resolution else 0
    return feedback_service_pb2.Sample(
        sequence=review.sequence,
        decision=decision.name,
        action=proposal.action,
        input=struct_of(proposal.input),
        prediction=struct_of(proposal.prediction),
        human_label=struct_of(human_label(review.verdict, proposal.prediction, review.corrected_prediction)),
        verdict=int(review.verdict),  # type: ignore[arg-type]  # the numbers are the contract's
        outcome=int(outcome),  # type: ignore[arg-type]
        comment=review.comment,
        confidence=proposal.confidence,
        weight=sample_weight(proposal.confidence),
        propensity=routing.propensity,
        policy_revision=routing.revision,
        model=model_message(proposal.model),
        override=review.override,
        saw_prediction=review.saw_prediction,
        reviewer=review.reviewer,
        review_time=timestamp(review.time),
        attributes=_attributes_message(proposal.attributes),
        rules=[reason.rule for reason in routing.reasons],
        level=review.level,
        masked_fields=decision.masked,
    )


def verdict_of(number: int) -> Verdict:
    """The verdict behind a validated enum number."""
    return Verdict(number)


def outcome_of(number: int) -> Outcome | None:
    """The outcome behind a validated enum number; None for UNSPECIFIED."""
    return Outcome(number) if number else None


def route_of(number: int) -> Route | None:
    """The route behind a validated enum number; None for UNSPECIFIED."""
    return Route(number) if number else None


def _fill_end(message: decision_pb2.Decision, decision: Decision) -> None:
    resolution = decision.resolution
    if resolution is None:
        message.state = decision_pb2.DECISION_STATE_PENDING
        if decision.expire_time is not None:
            fill_time(message.expire_time, decision.expire_time)
        return
    message.state = decision_pb2.DECISION_STATE_RESOLVED
    fill_resolution(message.resolution, resolution)


def _fill_attributes(message: decision_pb2.Attributes, attributes: Attributes) -> None:
    """What is unset stays unset, but for the texts, which make the message present."""
    message.currency = attributes.currency
    message.subject = attributes.subject
    if attributes.amount is not None:
        message.amount.value = attributes.amount
    if attributes.irreversible:
        message.irreversible = True
    if attributes.anomalous:
        message.anomalous = True
    if attributes.regulated:
        message.regulated = True
    if attributes.high_value:
        message.high_value = True
    if attributes.extra:
        fill_struct(message.extra, attributes.extra)


def _attributes_message(attributes: Attributes) -> decision_pb2.Attributes:
    message = decision_pb2.Attributes()
    _fill_attributes(message, attributes)
    return message


def _fill_model(message: decision_pb2.Model, model: Model) -> None:
    message.name = model.name
    message.version = model.version


def model_message(model: Model) -> decision_pb2.Model:
    """A model and its version."""
    return decision_pb2.Model(name=model.name, version=model.version)


def _fill_routing(message: decision_pb2.Routing, routing: Routing) -> None:
    message.route = routing.route  # type: ignore[assignment]  # the numbers are the contract's
    message.policy = routing.policy
    message.policy_revision = routing.revision
    message.review_propensity = routing.propensity
    if routing.threshold is not None:
        message.threshold = routing.threshold
    if routing.sampled:
        message.sampled = True
    if routing.coin_source:
        message.coin_source = routing.coin_source
    for reason in routing.reasons:
        number = int(reason.route)
        message.reasons.add(rule=reason.rule, text=reason.text, route=number)
