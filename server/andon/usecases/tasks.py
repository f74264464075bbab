"""RenewLease, ReleaseTask, ExtendDeadline, EscalateTask, GetTask, ListEarlierDecisions, ListTasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from andon.domain.canonical import canonical, digest
from andon.domain.decision import Decision
from andon.domain.errors import TaskNotFound
from andon.domain.principal import Principal
from andon.domain.search import DecisionQuery
from andon.domain.sensitive import SUBJECT
from andon.domain.task import Task
from andon.store.values import Hold, Job, RequestKey, TaskQuery
from andon.usecases.completed import completed
from andon.usecases.context import Context


class Tasks:
    """What a reviewer does with a task besides judging it."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def renew(self, principal: Principal, task_id: str, token: str) -> Task:
        """Prolongs the caller's lease.

        Raises LeaseLost, TaskNotFound, TaskClosed, and where the caller must not judge the task any more SelfReview,
        QueueNotAllowed, SkillsRequired, ConflictOfInterest.
        """
        self._context.eligibility.check_holder(principal, await self._context.store.job(task_id), token)
        hold = self._hold(principal, task_id, token)
        return await self._context.store.renew_if_held(hold, hold.now + self._context.limits.lease_duration)

    async def release(self, principal: Principal, task_id: str, token: str, comment: str, *, skip: bool = True) -> Task:
        """Gives the task back. `skip`: no task of its decision is handed to this reviewer again.

        Without it the streams that this reviewer has open now are not handed the task: one that is being closed would
        take it again.

        Raises LeaseLost, TaskNotFound, TaskClosed.
        """
        return await completed(self._release(principal, task_id, token, comment, skip))

    async def _release(self, principal: Principal, task_id: str, token: str, comment: str, skip: bool) -> Task:
        context = self._context
        before = await context.store.job(task_id)
        context.eligibility.check_known(principal, before)
        if not skip:
            context.seats.given_back(principal.name, task_id)
        task = await context.store.release_if_held(self._hold(principal, task_id, token), comment, skip=skip)
        if skip:
            context.seats.passed(principal.name, task.decision_id)
        if before is not None:
            context.seats.waiting(Job(task, before.decision))
        return task

    async def extend(self, principal: Principal, task_id: str, token: str, comment: str, request_id: str = "") -> Task:
        """Gives the task, and all that were asked for with it, the time its policy allows; the lease stays as it is.

        A repetition with the same `request_id` gives nothing more, and the task as it is now. Raises NoMoreTime,
        RequestIdReused, and as `renew`.
        """
        store, request = self._context.store, _more_time(principal, task_id, comment, request_id)
        if request is not None and await store.extended(request):
            return await self._task(task_id)
        self._context.eligibility.check_holder(principal, await store.job(task_id), token)
        return await completed(self._extend(self._hold(principal, task_id, token), comment, request))

    async def _extend(self, hold: Hold, comment: str, request: RequestKey | None) -> Task:
        context = self._context
        jobs = await context.store.extend_if_held(hold, comment, request)
        if not jobs:  # repeated at the same moment
            return await self._task(hold.task_id)
        context.observer.extended(jobs)
        for job in jobs:
            context.seats.changed(job)
        return next(job.task for job in jobs if job.task.id == hold.task_id)

    async def _task(self, task_id: str) -> Task:
        job = await self._context.store.job(task_id)
        if job is None:
            raise TaskNotFound(name=f"tasks/{task_id}")
        return job.task

    async def escalate(self, principal: Principal, task_id: str, token: str, comment: str) -> Task:
        """Hands the task to the queue its policy escalates to, and to somebody else: this reviewer has passed on it.

        Raises NoEscalation, and as `release`.
        """
        return await completed(self._escalate(principal, task_id, token, comment))

    async def _escalate(self, principal: Principal, task_id: str, token: str, comment: str) -> Task:
        context = self._context
        before = await context.store.job(task_id)
        context.eligibility.check_known(principal, before)
        job = await context.store.escalate_if_held(self._hold(principal, task_id, token), comment)
        context.seats.passed(principal.name, job.decision.id)
        context.observer.escalated(job)
        context.seats.waiting(job, left=before.task.queue if before else "")
        return job.task

    async def get(self, principal: Principal, task_id: str) -> Job:
        """One task with its decision, whole: of a queue the caller may see, or in the caller's lease, and of an action
        that the credentials cover.

        Raises TaskNotFound also where it is not the caller's to see.
        """
        job = await self._context.store.job(task_id)
        if job is None or not _may_see(principal, job):
            raise TaskNotFound(name=f"tasks/{task_id}")
        return job

    async def open(self, principal: Principal, task_id: str) -> Job:
        """As `get`, to be read: that it was is recorded first. StoreUnavailable."""
        job = await self.get(principal, task_id)
        await self._context.reads.viewed(principal, job)
        return job

    async def earlier(self, principal: Principal, job: Job, before: int | None, limit: int) -> Sequence[Decision]:
        """The decisions on the subject of a task's that came before it, newest first, without what may be large.

        `job` is one that `get` has given; `before` is the sequence of the last one seen. Empty without a subject, and
        where it is kept from the caller; decisions whose subjects are kept are left out, for these tell of theirs.
        """
        context, decision = self._context, job.decision
        subject = decision.proposal.attributes.subject
        if not subject or SUBJECT in context.masks.kept(principal, decision):
            return ()
        before = decision.sequence if before is None else min(before, decision.sequence)
        covered, clearance = principal.covered(), context.masks.clearance(principal)
        query = DecisionQuery(limit, before=before, subject=subject, covered=covered, clearance=clearance, brief=True)
        return await context.store.list_decisions(query)

    async def list(self, principal: Principal, query: TaskQuery) -> Sequence[Job]:
        """Tasks of the queues and actions the caller may see, most urgent first. Another's queue is empty."""
        if not principal.sees_all() and "*" not in principal.queues:
            wanted = principal.queues if query.queues is None else query.queues & principal.queues
            query = replace(query, queues=wanted)
        return await self._context.store.list_tasks(replace(query, covered=principal.covered()))

    def _hold(self, principal: Principal, task_id: str, token: str) -> Hold:
        return Hold(task_id, principal.name, token, self._context.clock.now())


def _may_see(principal: Principal, job: Job) -> bool:
    lease = job.task.lease
    held = lease is not None and lease.holder == principal.name
    return principal.covers(job.decision.proposal.action) and (held or principal.sees(job.task.queue))


def _more_time(principal: Principal, task_id: str, comment: str, request_id: str) -> RequestKey | None:
    if not request_id:
        return None
    return RequestKey(principal.name, request_id, digest(canonical([task_id, comment])))
