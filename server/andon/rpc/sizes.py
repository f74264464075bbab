"""How much payload an answer carries, in bytes of UTF-8. What is kept as text is measured as text and not parsed."""

from __future__ import annotations

from andon.domain.canonical import JsonObject, canonical
from andon.domain.decision import Decision
from andon.domain.event import DecisionEvent
from andon.domain.samples import Sample
from andon.store.values import Job


def decision_size(decision: Decision, *, full: bool) -> int:
    """The payload of `decision_message`."""
    proposal, ended = decision.proposal, decision.resolution
    size = _size(proposal.attributes.extra)
    if ended is not None:
        size += _size(ended.corrected_prediction) + _bytes(ended.comment)
    if full:
        size += _size(proposal.input) + _size(proposal.prediction) + _bytes(proposal.reasoning)
    return size


def job_size(job: Job, *, full: bool) -> int:
    """The payload of `task_message`, but for the presentation."""
    return _size(job.task.correction_schema) + decision_size(job.decision, full=full)


def sample_size(sample: Sample) -> int:
    """The payload of `sample_message`. The label is the prediction once more, or the correction."""
    review, proposal = sample.review, sample.decision.proposal
    prediction, correction = _size(proposal.prediction), _size(review.corrected_prediction)
    label = correction or prediction
    return _size(proposal.input) + prediction + label + _size(proposal.attributes.extra) + _bytes(review.comment)


def event_size(event: DecisionEvent) -> int:
    """The payload of `fill_event`."""
    return _size(event.details)


def _size(value: JsonObject | None) -> int:
    return 0 if value is None else _bytes(canonical(value))


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
