"""What a verdict means to the tables, the same for every engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from andon.domain.canonical import canonical
from andon.domain.decision import Model
from andon.domain.review import OUTCOMES, RELEASING, Review, says_something
from andon.store import codec
from andon.store.values import RetrainDue, VerdictGiven


def conditions(given: VerdictGiven) -> dict[str, Any]:
    """What the guard is told of the verdict; what it then asks of it, it reads beside the task."""
    review = given.review
    return {
        "payload_hash": given.payload_hash,
        "verdict": review.verdict.value,
        "commented": says_something(review.comment),
        "unseen": review.verdict in RELEASING and review.shown is not None and bool(review.shown.unopened),
    }


def in_view(review: Review, since: int | None) -> Review:
    """The review with a view that began when the task was first handed out, if the client tells of a longer one."""
    if review.shown is None or review.shown.view_time is None or since is None:
        return review
    longest = max(0, review.time - since)  # a clock may be set back
    return replace(review, shown=replace(review.shown, view_time=min(review.shown.view_time, longest)))


def review_values(review: Review) -> dict[str, Any]:
    """The columns of a review that come from the reviewer; the others come from task and decision."""
    return {
        "reviewer": review.reviewer,
        "verdict": review.verdict.value,
        "override": review.override,
        "saw_prediction": review.saw_prediction,
        "time": review.time,
        "comment": review.comment,
        "changed_fields": canonical(review.changed_fields),
        "corrected_prediction": codec.optional_json(review.corrected_prediction),
        **codec.shown_values(review.shown),
    }


def resolution(review: Review) -> dict[str, Any]:
    """How a verdict ends a decision."""
    return {
        "outcome": OUTCOMES[review.verdict].value,
        "resolved_by": review.reviewer,
        "now": review.time,
        "corrected_prediction": codec.optional_json(review.corrected_prediction),
        "comment": review.comment,
    }


def retrain_due(given: VerdictGiven, sequence: int, labels: int, action: str, model: Model) -> RetrainDue | None:
    """What the verdict of that sequence announces, if its label is the one that completes a round."""
    if not 0 < given.retrain_after <= labels:
        return None
    return RetrainDue(action, model, labels, sequence)
