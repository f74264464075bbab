"""Counts what happens, in the words of the domain. Fills usecases' Observer and rpc's CallObserver.

Labels stay bounded whatever callers send: actions appear as the policy's pattern that governs them, models as the
first hundred that were seen, and anything else as `other`.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence, Sized
from importlib.metadata import PackageNotFoundError, version
from typing import Final, TypeAlias

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector

from andon.domain.clock import SECOND
from andon.domain.counts import QueueDepth
from andon.domain.decision import Decision, Model, Routing
from andon.domain.review import Review
from andon.domain.task import Task
from andon.policy.api import PolicySet, Ruling
from andon.store.outbox import Backlog
from andon.store.values import Climbed, Expired, Job, Settled
from andon.telemetry.instruments import Instruments
from andon.telemetry.labels import OTHER, Actions, Bounded, Children, Known
from andon.telemetry.tallies import Count, Tally

Rule: TypeAlias = tuple[str, str]

_RULES: Final = 2_000
_MODELS: Final = 100
_QUEUES: Final = 200
_PRIORITY: Final = "defaults.priority"


class Metrics:
    """The metrics of one server. Every method is quick and none raises for what a caller sent.

    Only `committed` may be called from another thread than the event loop's.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry: Final = registry
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        self._all = every = Instruments(registry)
        for result in ("ok", "failed"):
            every.policy_reloads.labels(result)  # there from the start, so that the first one is an increase
        every.build_info.info({"version": _version(), "python": platform.python_version()})
        self._action = Actions()
        self._rule = Known[Rule](_RULES, (OTHER, OTHER))
        self._model = Bounded[Model](_MODELS, Model(OTHER, OTHER))
        self._queue = Bounded[str](_QUEUES, OTHER)
        self._leased_at: dict[str, int] = {}
        self._verdicts: dict[str, tuple[int, int]] = {}
        self._queues_shown: set[str] = set()
        self._behind: set[str] = set()
        self._routing = every.routing.labels()
        self._decisions = Children[tuple[str, str], Count](lambda key: every.decisions.labels(*key))
        self._matches = Children[Rule, Count](lambda key: every.rule_matches.labels(*key))
        self._authentications = Children[tuple[str, str], Count](lambda key: every.authentications.labels(*key))
        self._calls = Children[tuple[str, str], Tally](lambda key: every.rpc.labels(key[0].lstrip("/"), key[1]))

    def set_policies(self, policies: PolicySet) -> None:
        """Another policy set is in force: its actions and rules become labels."""
        self._action.announce(policies.actions)
        named = [(policy, rule) for policy, rules in policies.rules.items() for rule in (*rules, _PRIORITY)]
        self._rule.announce(named)
        self._all.policy_info.info({"revision": policies.revision})

    def reloaded(self, result: str) -> None:
        """The policy folder was read again; `result` is `ok` or `failed`."""
        self._all.policy_reloads.labels(result).inc()

    def certificate(self, expire_time: Callable[[], int], stale: Callable[[], bool]) -> None:
        """From now on these are read at every scrape: when the certificate expires (µs), and if its files are unfit."""
        self._all.certificate_expiry.set_function(lambda: expire_time() / SECOND)
        self._all.certificate_stale.set_function(stale)

    def live(self, waiters: Sized, streams: Sized) -> None:
        """From now on the numbers of waiters and streams are read off these at every scrape."""
        self._all.waiters.set_function(lambda: len(waiters))
        self._all.streams.set_function(lambda: len(streams))

    def routed(self, ruling: Ruling, seconds: float) -> None:
        """A decision was routed by the rules; `seconds` is what that took."""
        self._routing.observe(seconds)
        for error in ruling.errors:
            policy, _, rule = error.partition(": ")[0].partition("/")
            self._all.rule_errors.labels(*self._rule((policy, rule))).inc()

    def submitted(self, decision: Decision) -> None:
        """A decision is recorded."""
        routing = decision.routing
        self._decisions[self._action(decision.proposal.action), routing.route.name].inc()
        for reason in routing.reasons:
            self._matches[self._rule((routing.policy, reason.rule))].inc()

    def leased(self, job: Job, now: int) -> None:
        """A task was handed to a reviewer."""
        task = job.task
        self._leased_at[task.id] = now
        if task.lease is not None and task.lease.epoch == 1:
            self._all.queue_wait.labels(self._queue(task.queue)).observe(_seconds(now - task.create_time))

    def lapsed(self, task: Task) -> None:
        """A lease lapsed and its task waits again."""
        self._leased_at.pop(task.id, None)
        self._all.lapses.labels(self._queue(task.queue)).inc()

    def escalated(self, job: Job) -> None:
        """A task went to the queue of its escalation."""
        self._leased_at.pop(job.task.id, None)
        self._all.escalations.labels(self._queue(job.task.queue)).inc()

    def climbed(self, climbed: Climbed) -> None:
        """A task climbed a rung, in the queue it was in until then."""
        self._all.climbs.labels(self._queue(climbed.left or climbed.job.task.queue)).inc()

    def extended(self, jobs: Sequence[Job]) -> None:
        """These tasks of one decision were given more time."""
        for job in jobs:
            self._all.extensions.labels(self._queue(job.task.queue)).inc()

    def expired(self, expired: Expired) -> None:
        """A deadline was missed for good. Counted once for a decision, whether one or several were asked."""
        task = expired.job.task
        if expired.ended and not task.level:
            self._all.expired.labels(self._queue(task.queue)).inc()
            self._resolved(expired.job.decision, self._queue(task.queue))

    def closed(self, job: Job) -> None:
        """A task has ended, however."""
        self._leased_at.pop(job.task.id, None)

    def cancelled(self, decision: Decision) -> None:
        """A submitter withdrew a decision. Its queue is not known here and counts as `other`."""
        self._resolved(decision, OTHER)

    def reviewed(self, settled: Settled) -> None:
        """A verdict was given. A repetition of the same call counts nothing."""
        if settled.replayed:
            return
        review, decision, task = settled.review, settled.job.decision, settled.job.task
        queue = self._queue(task.queue)
        since = self._leased_at.pop(task.id, task.first_lease_time)
        if since is not None:
            self._all.review_time.labels(queue).observe(_seconds(review.time - since))
        if settled.ended and not task.level:
            self._resolved(decision, queue)
        self._verdict(review, decision)
        if settled.retrain is not None:
            self._all.retrain_events.labels(*self._model_labels(settled.retrain.action, settled.retrain.model)).inc()

    def depths(self, depths: Mapping[str, QueueDepth], now: int) -> None:
        """The queues as they stand; those no longer named are empty."""
        found: dict[str, tuple[int, int, float]] = dict.fromkeys(self._queues_shown, (0, 0, 0.0))
        for name, depth in depths.items():
            label = self._queue(name)
            waiting, leased, oldest = found.get(label, (0, 0, 0.0))
            age = 0.0 if depth.oldest is None else _seconds(now - depth.oldest)
            found[label] = (waiting + depth.waiting, leased + depth.leased, max(oldest, age))
        for label, (waiting, leased, oldest) in found.items():
            self._all.pending.labels(label).set(waiting)
            self._all.leased.labels(label).set(leased)
            self._all.oldest.labels(label).set(oldest)
        self._queues_shown.update(found)

    def notified(self, subscription: str, result: str) -> None:
        """An attempt to notify has ended as `delivered`, `failed` or `dead`."""
        self._all.deliveries.labels(subscription, result).inc()

    def backlog(self, backlog: Mapping[str, Backlog], now: int) -> None:
        """What subscriptions have not had; those no longer named have had all."""
        self._behind.update(backlog)
        for name in self._behind:
            state = backlog.get(name, Backlog(0, 0, None))
            self._all.deliveries_pending.labels(name).set(state.pending)
            self._all.dead_letters.labels(name).set(state.dead)
            self._all.delivery_lag.labels(name).set(0.0 if state.oldest is None else _seconds(now - state.oldest))

    def ledger_sealed(self, size: int, time: int) -> None:
        """A checkpoint over so many entries was signed."""
        self._all.ledger_sealed.set(size)
        self._all.ledger_seal_time.set(_seconds(time))

    def ledger_audited(self, time: int) -> None:
        """The ledger was read from its beginning to a checkpoint, and fits."""
        self._all.ledger_audit_time.set(_seconds(time))

    def ledger_sound(self, sound: bool) -> None:
        """Whether all that was read of the ledger fits."""
        self._all.ledger_sound.set(sound)

    def called(self, method: str, code: str, seconds: float) -> None:
        """A call has ended with this canonical code. Methods are those of the contract, or `unknown`."""
        self._calls[method, code].observe(seconds)

    def refused(self, method: str, reason: str) -> None:
        """A call was refused for this reason of the contract."""
        self._all.refusals.labels(method.lstrip("/"), reason).inc()

    def authenticated(self, method: str, result: str) -> None:
        """A call's credentials of this kind were looked at: `OK`, or the reason why they were refused."""
        self._authentications[method, result].inc()

    def committed(self, operations: int, seconds: float) -> None:
        """So many operations became durable together."""
        self._all.commit.observe(seconds)
        self._all.commit_operations.observe(operations)

    def _verdict(self, review: Review, decision: Decision) -> None:
        if review.level:
            return  # a verdict on an appeal says nothing new of how often the AI is overruled
        action = self._action(decision.proposal.action)
        rule = self._asking_rule(decision.routing)
        model = self._model_labels(decision.proposal.action, decision.proposal.model)
        self._all.reviews.labels(action, review.verdict.name).inc()
        self._all.rule_reviews.labels(*rule).inc()
        self._all.model_reviews.labels(*model).inc()
        if review.override:
            self._all.overrides.labels(action).inc()
            self._all.rule_overrides.labels(*rule).inc()
            self._all.model_overrides.labels(*model).inc()
        reviews, overrides = self._verdicts.get(action, (0, 0))
        self._verdicts[action] = reviews + 1, overrides + review.override
        self._all.override_ratio.labels(action).set((overrides + review.override) / (reviews + 1))

    def _resolved(self, decision: Decision, queue: str) -> None:
        if resolution := decision.resolution:
            span = _seconds(resolution.time - decision.create_time)
            self._all.resolution.labels(queue, resolution.outcome.name).observe(span)

    def _asking_rule(self, routing: Routing) -> Rule:
        return self._rule((routing.policy, routing.decisive_rule()))

    def _model_labels(self, action: str, model: Model) -> tuple[str, str, str]:
        bounded = self._model(model)
        return self._action(action), bounded.name, bounded.version


def _seconds(span: int) -> float:
    return max(0, span) / SECOND


def _version() -> str:
    try:
        return version("andon")
    except PackageNotFoundError:
        return "unknown"
