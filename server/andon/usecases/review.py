"""Review: a verdict ends a task, its decision and the wait of the blocked caller."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from andon.domain.canonical import JsonObject, canonical, digest
from andon.domain.errors import CorrectionInvalid, Delegated, FieldFault, FieldInvalid, TaskNotFound
from andon.domain.masking import kept_faults, masked_prediction, restored
from andon.domain.principal import Principal
from andon.domain.review import Review, Shown, Verdict, changed_fields, is_override
from andon.policy.correction import check_correction
from andon.store.values import Hold, Job, RequestKey, Settled, VerdictGiven
from andon.usecases.completed import completed
from andon.usecases.context import Context
from andon.usecases.reevaluate import Reevaluate

_FOR_OTHERS: Final = (
    "the correction that is contested moved, added or removed what is kept from you: "
    "only somebody who is shown it can correct it anew"
)


@dataclass(frozen=True, slots=True)
class ReviewCommand:
    """A verdict as it was sent."""

    task_id: str
    lease_token: str = field(repr=False)
    payload_hash: str
    verdict: Verdict
    corrected_prediction: JsonObject | None = None
    comment: str = ""
    request_id: str = ""
    shown: Shown | None = None


class GiveVerdict:
    """Takes verdicts."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._reevaluate = Reevaluate(context)

    async def __call__(self, principal: Principal, command: ReviewCommand) -> Settled:
        """Records a verdict, and releases the blocked caller where the decision has ended with it.

        Raises Delegated, SelfReview, QueueNotAllowed, SkillsRequired, ConflictOfInterest, FieldInvalid,
        CorrectionInvalid, TaskNotFound, TaskClosed, LeaseLost, PayloadChanged, CommentRequired, FieldsNotOpened,
        RequestIdReused; none of them changes anything. PolicyStricter and SkillsRequired may come of policies that ask
        for more since it was routed: see `Reevaluate`.
        """
        if principal.on_behalf_of:
            raise Delegated
        job = await self._context.store.job(command.task_id)
        self._context.eligibility.check_holder(principal, job, command.lease_token)
        meant = await self._unmasked(principal, command, job)
        changed = self._check_correction(principal, meant, job)
        await self._reevaluate(principal, job, command.lease_token, command.verdict)
        return await completed(self._settle(self._verdict(principal, meant, changed, _body(command))))

    async def _unmasked(self, principal: Principal, command: ReviewCommand, job: Job | None) -> ReviewCommand:
        """The verdict as it is meant: what is kept from the reviewer stays as it is in the end that is judged.

        CorrectionInvalid where the correction touches it. Of a lease that the store will refuse nothing is told.
        """
        correction = command.corrected_prediction
        if job is None or correction is None or command.verdict is not Verdict.CORRECT:
            return command
        if job.task.lease is None or not job.task.lease.is_held(principal.name, command.lease_token):
            return command
        kept = self._context.masks.kept(principal, job.decision)
        standing, proposed = await self._standing(job), job.decision.proposal.prediction
        if kept and any(kept_faults(masked_prediction(standing, kept) or {}, proposed, kept)):
            raise CorrectionInvalid((FieldFault("corrected_prediction", _FOR_OTHERS),))
        faults = [fault for end in (standing, proposed) for fault in kept_faults(correction, end, kept)]
        if faults:
            raise CorrectionInvalid(tuple(dict.fromkeys(faults)))
        return replace(command, corrected_prediction=restored(correction, standing, kept))

    async def _standing(self, job: Job) -> JsonObject:
        """What stands until the task is judged: on an appeal the correction that is contested, else what was proposed.

        The appeals of levels below have ended.
        """
        decision, level = job.decision, job.task.level
        end = decision.resolution if level == 1 else None
        if level > 1:
            end = (await self._context.store.appeals(decision.id))[level - 2].resolution
        corrected = None if end is None else end.corrected_prediction
        return decision.proposal.prediction if corrected is None else corrected

    async def _settle(self, verdict: VerdictGiven) -> Settled:
        context = self._context
        settled = await context.store.settle_if_leased(verdict)
        if not settled.replayed:
            task = settled.job.task
            context.estimates.record(task.queue, settled.review.time - task.create_time)
            context.observer.reviewed(settled)
            for job in (settled.job, *settled.closed):
                context.closed(job, ended=settled.ended)
            for job in settled.opened:
                context.opened(job)
        return settled

    def _check_correction(self, principal: Principal, command: ReviewCommand, job: Job | None) -> tuple[str, ...]:
        """The fields a correction changes; nothing for other verdicts, and where the store will refuse the lease."""
        correction = command.corrected_prediction
        if (command.verdict is Verdict.CORRECT) is (correction is None):
            must = "is required with CORRECT" if correction is None else "goes with CORRECT alone"
            raise FieldInvalid((FieldFault("corrected_prediction", must),))
        if correction is None:
            return ()
        if job is None:
            raise TaskNotFound(name=f"tasks/{command.task_id}")
        lease = job.task.lease
        if lease is None or not lease.is_held(principal.name, command.lease_token):
            return ()  # the schema is told to the holder alone
        schema = job.task.correction_schema
        if schema is not None and (faults := check_correction(schema, correction)):
            kept = self._context.masks.kept(principal, job.decision)
            raise CorrectionInvalid(_told(faults, correction, kept))
        return changed_fields(job.decision.proposal.prediction, correction)

    def _verdict(
        self, principal: Principal, command: ReviewCommand, changed: tuple[str, ...], body: str
    ) -> VerdictGiven:
        """The verdict to settle with. `body` is the hash of what was sent."""
        now = self._context.clock.now()
        review = Review(
            task_id=command.task_id,
            decision_id="",
            reviewer=principal.name,
            verdict=command.verdict,
            time=now,
            corrected_prediction=command.corrected_prediction,
            comment=command.comment,
            changed_fields=changed,
            override=is_override(command.verdict, changed),
            shown=command.shown,
        )
        hold = Hold(command.task_id, principal.name, command.lease_token, now)
        request = RequestKey(principal.name, command.request_id, body) if command.request_id else None
        return VerdictGiven(
            hold,
            command.payload_hash,
            review,
            self._context.limits.retrain_after,
            request,
            standing=principal.groups | {role.value for role in principal.roles},
            fresh_id=self._context.ids.next(),
        )


def _told(faults: tuple[FieldFault, ...], correction: JsonObject, kept: tuple[str, ...]) -> tuple[FieldFault, ...]:
    """The faults of a correction, which may quote its values, without what is kept from the reviewer."""
    if masked_prediction(correction, kept) is correction:
        return faults
    return tuple(FieldFault(fault.path, "does not fit the task's schema") for fault in faults)


def _body(command: ReviewCommand) -> str:
    """What makes a repetition the same verdict. What was shown is left out: a client that sends its verdict anew after
    a lost connection may have measured a longer view, and judges the same.
    """
    return digest(
        canonical(
            [
                command.task_id,
                command.payload_hash,
                int(command.verdict),
                command.corrected_prediction,
                command.comment,
            ]
        )
    )
