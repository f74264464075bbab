"""What callers are shown of decisions: nothing of what the policies keep from their roles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, cast

from andon.domain.appeal import Appeal
from andon.domain.decision import Decision
from andon.domain.effect import Place, parts_of
from andon.domain.event import DecisionEvent, EventKind
from andon.domain.masking import masked, masked_prediction, masked_resolution, told_paths
from andon.domain.principal import Principal
from andon.domain.review import Review, Shown
from andon.domain.samples import Sample
from andon.domain.search import Clearance, View
from andon.domain.sensitive import SUBJECT, Sensitive
from andon.policy.api import PolicySet
from andon.store.values import Job
from andon.usecases.reads import Reads

_ALWAYS: Final = ("attributes.",)
"""What begins with one of these is shown where input, prediction and reasoning are left out."""
_PREDICTION: Final = "prediction"
_WHOLE: Final = ("",)
_CORRECTION: Final = "corrected_prediction"


class Masks:
    """Masks decisions for whom they are shown to, and records who is given what is sensitive.

    What is sensitive of a decision is what the policies said when it was routed, and what those in force say: whatever
    either keeps is kept. Who submitted it, and on whose behalf it was submitted, is shown all of it.
    """

    def __init__(self, policies: Callable[[], PolicySet], reads: Reads) -> None:
        self._policies = policies
        self._reads = reads

    def kept(self, principal: Principal, decision: Decision) -> tuple[str, ...]:
        """The fields that are kept from the caller, sorted."""
        sensitive = self._sensitive(decision)
        return sensitive.kept_from(principal.roles) if sensitive.fields and not _own(principal, decision) else ()

    def of(self, principal: Principal, decision: Decision) -> Decision:
        """The decision as the caller may see it: the same object where nothing is kept."""
        return masked(decision, self.kept(principal, decision))

    def job(self, principal: Principal, job: Job) -> Job:
        """The task with its decision as the caller may see it."""
        shown = self.of(principal, job.decision)
        return job if shown is job.decision else replace(job, decision=shown)

    def appeals(self, shown: Decision, appeals: Sequence[Appeal]) -> Sequence[Appeal]:
        """The appeals against a decision, masked as the decision is that is `shown`."""
        if not shown.masked:
            return appeals
        return [
            appeal
            if appeal.resolution is None
            else replace(appeal, resolution=masked_resolution(appeal.resolution, shown.masked))
            for appeal in appeals
        ]

    def review(self, shown: Decision, review: Review) -> Review:
        """A verdict on a decision, masked as the decision is that is `shown`."""
        if not shown.masked:
            return review
        corrected = masked_prediction(review.corrected_prediction, shown.masked)
        changed = told_paths(review.changed_fields, shown.masked, _PREDICTION)
        return replace(
            review, corrected_prediction=corrected, changed_fields=changed, shown=_shown(review.shown, shown.masked)
        )

    async def events(
        self, principal: Principal, decision: Decision, events: Sequence[DecisionEvent]
    ) -> Sequence[DecisionEvent]:
        """What has happened to a decision as the caller may see it. Comments stand as they are.

        Whoever is so given what is sensitive of a correction is recorded. StoreUnavailable: then nothing may be shown.
        """
        corrected = any(_CORRECTION in event.details for event in events)
        if corrected and self._gives(principal, decision, told=(_PREDICTION,)):
            await self._reads.record(principal, [decision])
        kept = self.kept(principal, decision)
        return [_event(event, kept) for event in events] if kept else events

    def clearance(self, principal: Principal) -> Clearance:
        """By what the caller may find decisions."""
        stated = self._policies().calls_sensitive
        return Clearance(principal.name, tuple(_view(role, stated) for role in sorted(principal.roles)))

    def sample(self, principal: Principal, sample: Sample) -> Sample:
        """A labelled sample as the caller may see it."""
        shown = self.of(principal, sample.decision)
        if shown is sample.decision:
            return sample
        return replace(sample, decision=shown, review=self.review(shown, sample.review))

    async def shown(self, principal: Principal, decisions: Sequence[Decision], *, full: bool = True) -> None:
        """Records that the caller is about to be given what is sensitive of these, where that is so; own ones are not.

        `full`: with input, prediction and reasoning. StoreUnavailable: then nothing may be shown.
        """
        given = [each for each in decisions if self._gives(principal, each, _WHOLE if full else _told(each))]
        if given:
            await self._reads.record(principal, given)

    async def shown_work(self, principal: Principal, jobs: Sequence[Job], *, full: bool = True) -> None:
        """The same of tasks with their decisions: the sentence quotes the payload also where that is left out."""
        given = [job.decision for job in jobs if self._gives(principal, job.decision, _WHOLE if full else _quoted(job))]
        if given:
            await self._reads.record(principal, given)

    def _gives(self, principal: Principal, decision: Decision, told: tuple[str, ...]) -> bool:
        """Whether the caller is shown a sensitive field that begins with one of these, or has one in it. Own ones are
        no secret.
        """
        sensitive = self._sensitive(decision)
        if not sensitive.fields or _own(principal, decision):
            return False
        kept = frozenset(sensitive.kept_from(principal.roles))
        return any(
            (field.startswith(told) or any(path.startswith(f"{field}.") for path in told)) and field not in kept
            for field, _ in sensitive.fields
        )

    def _sensitive(self, decision: Decision) -> Sensitive:
        return self._policies().sensitive(decision.proposal.action).joined(decision.sensitive)


def _told(decision: Decision) -> tuple[str, ...]:
    """What is shown of it where input, prediction and reasoning are left out."""
    ended = decision.resolution
    corrected = decision.appeals or (ended is not None and ended.corrected_prediction is not None)
    return (*_ALWAYS, _PREDICTION) if corrected else _ALWAYS


def _quoted(job: Job) -> tuple[str, ...]:
    """The same with what the sentence of its task is filled from."""
    parts = () if job.task.presentation is None else parts_of(job.task.presentation.effect)
    return (*_told(job.decision), *(".".join(part.path) for part in parts if isinstance(part, Place)))


def _event(event: DecisionEvent, fields: Sequence[str]) -> DecisionEvent:
    """A verdict quotes a correction, and names what it changed and what was opened."""
    if event.kind is not EventKind.REVIEWED or not event.details:
        return event
    details = cast("dict[str, Any]", dict(event.details))
    if _CORRECTION in details:
        details[_CORRECTION] = masked_prediction(details[_CORRECTION], fields)
    if changed := details.get("changed_fields"):
        details["changed_fields"] = told_paths(changed, fields, _PREDICTION)
    if shown := details.get("shown"):
        paths = {name: told_paths(shown[name], fields) for name in ("opened", "unopened") if name in shown}
        details["shown"] = {**shown, **paths}
    return replace(event, details=details)


def _shown(shown: Shown | None, fields: Sequence[str]) -> Shown | None:
    if shown is None:
        return None
    return replace(shown, opened=told_paths(shown.opened, fields), unopened=told_paths(shown.unopened, fields))


def _view(role: str, stated: Mapping[str, Sensitive]) -> View:
    kept = {pattern: sensitive.kept_from(frozenset({role})) for pattern, sensitive in stated.items()}
    nameless = frozenset(pattern for pattern, fields in kept.items() if SUBJECT in fields)
    return View(role, frozenset(pattern for pattern, fields in kept.items() if fields), nameless)


def _own(principal: Principal, decision: Decision) -> bool:
    return principal.name in (decision.submitter, decision.proposal.on_behalf_of)
