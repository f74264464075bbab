"""What a verdict means to the tables, the same for every engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from andon.domain.canonical import canonical
from andon.domain.decision import Model, Resolution
from andon.domain.plan import Quorum, climb_time
from andon.domain.quorum import BY_TIE, Add, Cast, Resolved, Step, follow
from andon.domain.review import OUTCOMES, RELEASING, Review, Verdict, says_something
from andon.domain.task import Task
from andon.store import codec
from andon.store.codec import Row
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


def alone(given: VerdictGiven) -> Resolved:
    """What follows from a verdict where no other is asked for."""
    return Resolved(given.review.verdict, _correction(given))


def step(given: VerdictGiven, task: Task, quorum: Quorum, casts: Sequence[Row], seats: Sequence[Row]) -> Step:
    """What follows from a verdict on the task as it was judged, where several are asked.

    `casts` are the rows of `casts_of_level` from before it, `seats` those of `open_seats` from after it.
    """
    review = given.review
    own = Cast(review.reviewer, task.term, review.verdict, _correction(given))
    before = [Cast(reviewer, term, Verdict(verdict), text or "") for reviewer, term, verdict, text, *_ in casts]
    vetoed = review.verdict is Verdict.REJECT and not given.standing.isdisjoint(quorum.veto)
    return follow(quorum, [*before, own], Counter(term for _, term, *_ in seats), vetoed=vetoed)


def _correction(given: VerdictGiven) -> str:
    return codec.optional_json(given.review.corrected_prediction) or ""


def resolution(review: Review, end: Step) -> Resolution | None:
    """How the verdict ends what it is about; None where it does not."""
    if not isinstance(end, Resolved):
        return None
    if end.by_tie:
        return Resolution(OUTCOMES[end.verdict], BY_TIE, review.time)
    outcome = OUTCOMES[end.verdict]
    return Resolution(outcome, review.reviewer, review.time, review.corrected_prediction, review.comment)


def resolution_values(resolution: Resolution) -> dict[str, Any]:
    """An end as `resolve_if_open` and `resolve_appeal_if_open` take it."""
    return {
        "outcome": resolution.outcome.value,
        "resolved_by": resolution.resolved_by,
        "now": resolution.time,
        "corrected_prediction": codec.optional_json(resolution.corrected_prediction),
        "comment": resolution.comment,
    }


def further_seat(given: VerdictGiven, task: Task, add: Add) -> dict[str, Any]:
    """What `open_seat` makes of the task that was judged, beside its lanes: one for one more reviewer."""
    now = given.review.time
    return {
        "id": given.fresh_id,
        "task_id": task.id,
        "term": add.term,
        "now": now,
        "climb_time": climb_time(task.plan, 0, now, task.expire_time),
    }


def retrain_due(given: VerdictGiven, sequence: int, labels: int, action: str, model: Model) -> RetrainDue | None:
    """What the verdict of that sequence announces, if its label is the one that completes a round."""
    if not 0 < given.retrain_after <= labels:
        return None
    return RetrainDue(action, model, labels, sequence)
