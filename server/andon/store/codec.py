"""Rows to domain objects and back."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, TypeAlias, cast

from andon.domain.canonical import Document, JsonObject, canonical, parse
from andon.domain.decision import (
    Attributes,
    Decision,
    Model,
    Outcome,
    Proposal,
    Reason,
    Resolution,
    Route,
    Routing,
)
from andon.domain.plan import TimeoutDefault, WorkPlan
from andon.domain.presentation import FieldFormat, FieldPresentation, Presentation
from andon.domain.receipt import DEFAULT, ReceiptTerms
from andon.domain.review import Review, Shown, Verdict
from andon.domain.sensitive import NOTHING, Sensitive
from andon.domain.task import Escalation, Lease, Task, TaskKind, TaskState
from andon.store.values import Admission, Job, LedgerEntry

Row: TypeAlias = tuple[Any, ...]

_TASK_COLUMNS: Final = 26
_REVIEW_COLUMNS: Final = 14

DECISION_COLUMNS: Final = (
    "sequence, id, action, route, outcome, submitter, subject, confidence, model_name, model_version, payload_hash, "
    "policy, revision, propensity, threshold, sampled, coin_source, create_time, task_id, request_id, request_hash, "
    "resolved_by, resolve_time, comment, corrected_prediction, reasons, attributes, prediction, input, reasoning, "
    "on_behalf_of, submitter_groups, supersedes, receipt, sensitive, data_key"
)
TASK_COLUMNS: Final = (
    "id, decision_sequence, submitter, kind, state, lane, rank, expire_time, create_time, aging_time, enter_time, "
    "escalation_lane, escalation_deadline, escalations, schema, presentation, on_behalf_of, "
    "level, term, plan, climb_time, note"
)


def decision_values(admission: Admission) -> Row:
    """The values of DECISION_COLUMNS without the first, the sequence."""
    decision, request, task = admission.decision, admission.request, admission.task
    proposal, routing, ended = decision.proposal, decision.routing, decision.resolution
    return (
        decision.id,
        proposal.action,
        int(routing.route),
        None if ended is None else int(ended.outcome),
        decision.submitter,
        proposal.attributes.subject,
        proposal.confidence,
        proposal.model.name,
        proposal.model.version,
        decision.payload_hash,
        routing.policy,
        routing.revision,
        routing.propensity,
        routing.threshold,
        routing.sampled,
        routing.coin_source,
        decision.create_time,
        "" if task is None else task.id,
        None if request is None else request.request_id,
        None if request is None else request.body_hash,
        None if ended is None else ended.resolved_by,
        None if ended is None else ended.time,
        None if ended is None else ended.comment,
        None if ended is None else optional_json(ended.corrected_prediction),
        _reasons_text(routing.reasons),
        proposal.attributes.text(),
        canonical(proposal.prediction),
        canonical(proposal.input),
        proposal.reasoning,
        proposal.on_behalf_of,
        words_text(decision.submitter_groups),
        decision.supersedes,
        None if decision.receipt is DEFAULT else receipt_text(decision.receipt),
        None if decision.sensitive is NOTHING else sensitive_text(decision.sensitive),
        None,  # of a key, where contents are sealed
    )


def optional_json(value: JsonObject | None) -> str | None:
    """Canonical JSON, or None for None."""
    return None if value is None else canonical(value)


def decision(row: Row) -> Decision:
    """Reads `$columns_decision`."""
    (
        sequence, id, action, confidence, input, prediction, reasoning, model_name, model_version, attributes,
        submitter, payload_hash, route, reasons, policy, revision, propensity, threshold, sampled, coin_source,
        create_time, outcome, resolved_by, resolve_time, corrected, comment, task_id, deadline, queue,
        on_behalf_of, groups, timeout, supersedes, superseded_by, amendments, appeals, receipt,
        sensitive, erase_time,
    ) = row  # fmt: skip
    resolution = None
    if outcome is not None:
        resolution = Resolution(
            Outcome(outcome), resolved_by, resolve_time, _optional(corrected), comment, timeout_default(timeout)
        )
    model, facts = Model(model_name, model_version), Attributes(**json_object(attributes))
    proposal = Proposal(
        action, confidence, Document(input), Document(prediction), reasoning, model, facts, on_behalf_of
    )
    routing = Routing(
        Route(route), reasons_of(reasons), policy, revision, propensity, threshold, bool(sampled), coin_source
    )
    if resolution is not None:
        deadline = queue = None
    return Decision(
        id, proposal, submitter, payload_hash, routing, create_time, resolution,
        deadline, task_id, sequence, queue or "", words_of(groups), supersedes, superseded_by, amendments, appeals,
        receipt_terms(receipt), sensitive_of(sensitive), erase_time,
    )  # fmt: skip


def task(row: Row) -> Task:
    """Reads `$columns_task`."""
    (
        id, decision_id, kind, queue, urgency, skills, expire_time, create_time, state, escalation_queue,
        escalation_deadline, escalation_skills, escalations, schema, holder, token, lease_expire_time, epoch, first,
        shown, plan, level, term, rung, extensions, note,
    ) = row  # fmt: skip
    escalation = lease = None
    if escalation_queue is not None:
        escalation = Escalation(escalation_queue, escalation_deadline, asked_of(escalation_skills)[0])
    if holder is not None:
        lease = Lease(holder, token, lease_expire_time, epoch)
    able, group = asked_of(skills)
    return Task(
        id, decision_id, TaskKind(kind), queue, urgency, able, expire_time, create_time, TaskState(state),
        escalation, escalations, None if schema is None else Document(schema), lease, first, presentation(shown),
        work_plan(plan), level, term, group, rung, extensions, note,
    )  # fmt: skip


def job(row: Row) -> Job:
    """Reads `$columns_task, $columns_decision`."""
    return Job(task(row[:_TASK_COLUMNS]), decision(row[_TASK_COLUMNS:]))


def review(row: Row) -> Review:
    """Reads `$columns_review`, and leaves what follows it."""
    (
        sequence, task_id, decision_id, reviewer, verdict, time, corrected, comment, changed, override, saw,
        shown, view_time, level,
    ) = row[:_REVIEW_COLUMNS]  # fmt: skip
    return Review(
        task_id, decision_id, reviewer, Verdict(verdict), time, _optional(corrected), comment,
        tuple(cast("list[str]", parse(changed))), bool(override), bool(saw), sequence, _shown(shown, view_time), level,
    )  # fmt: skip


def entry(row: Row) -> LedgerEntry:
    """Reads `sequence, time, kind, actor, decision_id, task_id, body, previous, hash, words` of the ledger.

    A body that somebody made unreadable is empty: its hash tells.
    """
    sequence, time, kind, actor, decision_id, task_id, body, previous, hash, words = row
    return LedgerEntry(sequence, time, kind, actor, decision_id, task_id, _said(body), previous, hash, words)


def _said(body: str) -> dict[str, Any]:
    try:
        said = parse(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def after_review(row: Row) -> Row:
    """What follows `$columns_review`."""
    return row[_REVIEW_COLUMNS:]


@lru_cache(maxsize=1024)
def presentation_text(value: Presentation) -> str:
    """A presentation as it is stored."""
    return canonical(value.as_json())


@lru_cache(maxsize=1024)
def presentation(text: str | None) -> Presentation | None:
    """The reverse of `presentation_text`; None for None."""
    if text is None:
        return None
    stated = json_object(text)
    fields = (FieldPresentation(**{**field, "format": FieldFormat(field["format"])}) for field in stated["fields"])
    required = tuple(Verdict(number) for number in stated["comment_required"])
    return Presentation(stated["effect"], tuple(fields), required)


def shown_values(shown: Shown | None) -> dict[str, Any]:
    """The values of the columns `shown` and `view_time` of a review."""
    if shown is None:
        return {"shown": None, "view_time": None}
    text = canonical({"digest": shown.digest, "opened": shown.opened, "unopened": shown.unopened})
    return {"shown": text, "view_time": shown.view_time}


def _shown(text: str | None, view_time: int | None) -> Shown | None:
    if not text:  # or its key is gone
        return None
    stated = json_object(text)
    return Shown(stated["digest"], tuple(stated["opened"]), tuple(stated["unopened"]), view_time)


@lru_cache(maxsize=1024)
def words_text(words: tuple[str, ...]) -> str:
    """Skills as a lane holds them, or groups: sorted and distinct."""
    return canonical(sorted(set(words)))


@lru_cache(maxsize=1024)
def words_of(text: str) -> tuple[str, ...]:
    """The reverse of `words_text`."""
    return tuple(cast("list[str]", parse(text)))


@lru_cache(maxsize=1024)
def asked_text(skills: tuple[str, ...], group: str) -> str:
    """Whom a lane asks, as it holds it: the skills, and the group (empty: any) with an @ before it."""
    return words_text((*skills, f"@{group}") if group else skills)


@lru_cache(maxsize=1024)
def asked_of(text: str) -> tuple[tuple[str, ...], str]:
    """The reverse of `asked_text`."""
    words = words_of(text)
    group = next((word[1:] for word in words if word.startswith("@")), "")
    return tuple(word for word in words if not word.startswith("@")), group


@lru_cache(maxsize=1024)
def plan_text(value: WorkPlan) -> str:
    """A plan as it is stored."""
    return canonical(value.as_json())


@lru_cache(maxsize=1024)
def work_plan(text: str | None) -> WorkPlan | None:
    """The reverse of `plan_text`; None for None."""
    return None if text is None else WorkPlan.of(json_object(text))


def receipt_text(terms: ReceiptTerms) -> str | None:
    """What binds a decision's receipts, as it is stored; None where that is what holds by default."""
    return None if terms == DEFAULT else _receipt_text(terms)


@lru_cache(maxsize=1024)
def _receipt_text(terms: ReceiptTerms) -> str:
    return canonical(terms.as_json())


@lru_cache(maxsize=1024)
def receipt_terms(text: str | None) -> ReceiptTerms:
    """The reverse of `receipt_text`."""
    return DEFAULT if text is None else ReceiptTerms.of(json_object(text))


def sensitive_text(fields: Sensitive) -> str | None:
    """What is sensitive of a decision, as it is stored; None for nothing."""
    return None if fields == NOTHING else _sensitive_text(fields)


@lru_cache(maxsize=1024)
def _sensitive_text(fields: Sensitive) -> str:
    return canonical(fields.as_json())


@lru_cache(maxsize=1024)
def sensitive_of(text: str | None) -> Sensitive:
    """The reverse of `sensitive_text`."""
    return NOTHING if text is None else Sensitive.of(json_object(text))


def timeout_default(number: int | None) -> TimeoutDefault | None:
    """As it is stored in the column of that name."""
    return None if number is None else TimeoutDefault(number)


@lru_cache(maxsize=1024)
def _reasons_text(reasons: tuple[Reason, ...]) -> str:
    return canonical([{"route": int(reason.route), "rule": reason.rule, "text": reason.text} for reason in reasons])


@lru_cache(maxsize=1024)
def reasons_of(text: str) -> tuple[Reason, ...]:
    """The reasons of a routing, as they are stored."""
    reasons = cast("list[dict[str, Any]]", parse(text))
    return tuple(Reason(reason["rule"], reason["text"], Route(reason["route"])) for reason in reasons)


def json_object(text: str) -> dict[str, Any]:
    """Reads a JSON object."""
    return cast("dict[str, Any]", parse(text))


def _optional(text: str | None) -> JsonObject | None:
    return None if text is None else json_object(text)
