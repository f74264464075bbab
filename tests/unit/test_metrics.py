"""Metrics: what is counted, that labels stay bounded, and that the docs list them all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from andon.domain.appeal import AppealPlan
from andon.domain.clock import SECOND
from andon.domain.conflict import Conflict
from andon.domain.counts import QueueDepth
from andon.domain.decision import Decision, Model, Outcome, Proposal, Reason, Resolution, Route, Routing
from andon.domain.plan import Rung, TimeoutDefault
from andon.domain.principal import Principal
from andon.domain.review import Review, Verdict
from andon.domain.sensitive import Sensitive
from andon.domain.task import Lease, Task, TaskKind
from andon.policy.api import Coin, Explanation, Facts, FactsOf, Ruling
from andon.rpc.pipeline import CallObserver
from andon.store.values import Climbed, Expired, Job, RetrainDue, Settled
from andon.telemetry.instruments import markdown
from andon.telemetry.metrics import Metrics
from andon.usecases.observer import Observer

DOCS = Path(__file__).parents[2] / "docs" / "metrics.md"
START = 1_800_000_000 * SECOND


class Policies:
    """A policy set as far as labels go."""

    policies = ("refunds",)
    rules: Mapping[str, Sequence[str]] = {"": ("andon.no-policy",), "refunds": ("large", "confidence")}

    def __init__(self, *actions: str, revision: str = "abc") -> None:
        self.actions = actions
        self.revision = revision

    @property
    def has_conflicts(self) -> bool:
        """Not asked here."""
        raise AssertionError

    def conflict(self, reviewer: Principal, decision: Decision, facts: FactsOf) -> Conflict | None:
        """Not asked here."""
        raise AssertionError

    def appeal_plan(self, action: str) -> AppealPlan | None:
        """Not asked here."""
        raise AssertionError

    def sensitive(self, action: str) -> Sensitive:
        """Not asked here."""
        raise AssertionError

    @property
    def calls_sensitive(self) -> Mapping[str, Sensitive]:
        """Not asked here."""
        raise AssertionError

    def evaluate(self, action: str, facts: Facts, decision_name: str, coin: Coin | None) -> Ruling:
        """Not asked here."""
        raise AssertionError

    def explain(self, action: str, facts: Facts) -> tuple[Ruling, Explanation]:
        """Not asked here."""
        raise AssertionError


class Counted:
    """Metrics with policies in force, and their values."""

    def __init__(self, *actions: str) -> None:
        self.registry = CollectorRegistry()
        self.metrics = Metrics(self.registry)
        self.metrics.set_policies(Policies(*(actions or ("refund.*", "refund.issue"))))

    def __getitem__(self, sample: str) -> float | None:
        name, _, rest = sample.partition("{")
        labels = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        return self.registry.get_sample_value(f"andon_{name}", labels)

    def label_values(self, metric: str, label: str) -> set[str]:
        """All values a label of a metric has."""
        found = (family for family in self.registry.collect() if family.name == f"andon_{metric}")
        return {sample.labels[label] for family in found for sample in family.samples}


def decision(action: str = "refund.issue", model: Model = Model("m", "1"), *rules: str) -> Decision:
    """A held decision."""
    reasons = tuple(Reason(rule, "why", Route.REVIEW) for rule in rules or ("large",))
    routing = Routing(Route.REVIEW, reasons, "refunds", "abc", 1.0)
    return Decision("d1", Proposal(action, 0.5, model=model), "svc", "hash", routing, START, task_id="t1")


def job(at: int = 0, outcome: Outcome | None = None, *, epoch: int = 1, about: Decision | None = None) -> Job:
    """A leased task; with an outcome, resolved `at` seconds after its creation."""
    lease = Lease("anna", "token", START + 100 * SECOND, epoch)
    task = Task("t1", "d1", TaskKind.GATE, "money", 10, (), START + 900 * SECOND, START, lease=lease)
    held = about or decision()
    if outcome is not None:
        held = replace(held, resolution=Resolution(outcome, "anna", START + at * SECOND))
    return Job(task, held)


def settled(at: int, verdict: Verdict, *, override: bool, about: Decision | None = None, **more: Any) -> Settled:
    """A verdict, `at` seconds after the creation."""
    outcome = {Verdict.APPROVE: Outcome.APPROVED, Verdict.REJECT: Outcome.REJECTED, Verdict.CORRECT: Outcome.CORRECTED}
    review = Review("t1", "d1", "anna", verdict, START + at * SECOND, override=override)
    return Settled(review, job(at, outcome[verdict], about=about), **more)


def test_metrics_are_what_others_tell() -> None:
    metrics = Metrics(CollectorRegistry())
    observer: Observer = metrics
    calls: CallObserver = metrics
    assert id(observer) == id(calls)


def test_a_decision_counts_by_its_governing_pattern_and_rules() -> None:
    counted = Counted()
    counted.metrics.submitted(decision("refund.issue", Model(), "large", "confidence"))
    counted.metrics.submitted(decision("refund.cancel"))
    counted.metrics.submitted(decision("refund.cancel.late"))
    counted.metrics.submitted(decision("loan.grant"))
    assert counted['decisions_total{action="refund.issue",route="REVIEW"}'] == 1
    assert counted['decisions_total{action="refund.*",route="REVIEW"}'] == 2
    assert counted['decisions_total{action="other",route="REVIEW"}'] == 1
    assert counted['rule_matches_total{policy="refunds",rule="large"}'] == 4
    assert counted['rule_matches_total{policy="refunds",rule="confidence"}'] == 1


def test_the_pattern_for_all_actions_governs_the_rest() -> None:
    counted = Counted("*", "refund.*")
    counted.metrics.submitted(decision("loan.grant"))
    assert counted['decisions_total{action="*",route="REVIEW"}'] == 1


def test_new_policies_give_new_labels() -> None:
    counted = Counted()
    counted.metrics.submitted(decision("loan.grant"))
    counted.metrics.set_policies(Policies("loan.*", revision="def"))
    counted.metrics.submitted(decision("loan.grant"))
    assert counted['decisions_total{action="loan.*",route="REVIEW"}'] == 1
    assert counted.label_values("policy", "revision") == {"def"}


def test_labels_stay_bounded_whatever_callers_send() -> None:
    counted = Counted("*")
    for number in range(6_000):
        about = decision(f"a{number}.b", Model(f"m{number}", "v"), f"rule-{number}")
        counted.metrics.submitted(about)
        if number < 300:
            counted.metrics.reviewed(settled(1, Verdict.APPROVE, override=False, about=about))
    assert counted.label_values("decisions", "action") == {"*"}
    assert counted.label_values("rule_matches", "rule") == {"other"}
    models = counted.label_values("model_reviews", "model")
    assert len(models) == 101
    assert counted['model_reviews_total{action="*",model="other",version="other"}'] == 200


def test_a_thousand_patterns_are_not_a_thousand_labels() -> None:
    counted = Counted(*(f"a{number}" for number in range(1_000)))
    for number in range(1_000):
        counted.metrics.submitted(decision(f"a{number}"))
    assert len(counted.label_values("decisions", "action")) == 501


def test_the_way_of_a_task_is_measured() -> None:
    counted = Counted()
    counted.metrics.leased(job(), START + 20 * SECOND)
    counted.metrics.reviewed(settled(50, Verdict.REJECT, override=True))
    assert counted['queue_wait_seconds_sum{queue="money"}'] == 20
    assert counted['review_seconds_sum{queue="money"}'] == 30
    assert counted['resolution_seconds_sum{queue="money",outcome="REJECTED"}'] == 50


def test_only_the_first_lease_ends_the_wait() -> None:
    counted = Counted()
    counted.metrics.leased(job(), START + 20 * SECOND)
    counted.metrics.lapsed(job().task)
    counted.metrics.leased(job(epoch=2), START + 90 * SECOND)
    counted.metrics.reviewed(settled(100, Verdict.APPROVE, override=False))
    assert counted['queue_wait_seconds_count{queue="money"}'] == 1
    assert counted['leases_lapsed_total{queue="money"}'] == 1
    assert counted['review_seconds_sum{queue="money"}'] == 10


def test_only_a_different_verdict_is_an_override() -> None:
    counted = Counted()
    counted.metrics.reviewed(settled(1, Verdict.APPROVE, override=False))
    counted.metrics.reviewed(settled(1, Verdict.CORRECT, override=False))
    counted.metrics.reviewed(settled(1, Verdict.CORRECT, override=True))
    counted.metrics.reviewed(settled(1, Verdict.REJECT, override=True))
    assert counted['reviews_total{action="refund.issue",verdict="CORRECT"}'] == 2
    assert counted['overrides_total{action="refund.issue"}'] == 2
    assert counted['override_ratio{action="refund.issue"}'] == 0.5
    assert counted['rule_reviews_total{policy="refunds",rule="large"}'] == 4
    assert counted['rule_overrides_total{policy="refunds",rule="large"}'] == 2
    assert counted['model_overrides_total{action="refund.issue",model="m",version="1"}'] == 2


def test_each_verdict_of_several_counts_and_the_end_once() -> None:
    counted = Counted()
    counted.metrics.reviewed(settled(10, Verdict.APPROVE, override=False, ended=False))
    counted.metrics.reviewed(settled(30, Verdict.APPROVE, override=False))
    assert counted['reviews_total{action="refund.issue",verdict="APPROVE"}'] == 2
    assert counted['resolution_seconds_count{queue="money",outcome="APPROVED"}'] == 1
    about = replace(decision(), resolution=Resolution(Outcome.EXPIRED, "", START + 900 * SECOND))
    for ended in (True, False):
        counted.metrics.expired(Expired(Job(job().task, about), escalated=False, left="money", ended=ended))
    assert counted['expired_total{queue="money"}'] == 1


def test_a_verdict_on_an_appeal_says_nothing_of_the_ai() -> None:
    counted = Counted()
    counted.metrics.reviewed(settled(1, Verdict.APPROVE, override=False))
    anew = settled(2, Verdict.REJECT, override=True)
    anew = replace(
        anew, review=replace(anew.review, level=1), job=replace(anew.job, task=replace(anew.job.task, level=1))
    )
    counted.metrics.reviewed(anew)
    assert counted['reviews_total{action="refund.issue",verdict="REJECT"}'] is None
    assert counted['override_ratio{action="refund.issue"}'] == 0
    assert counted['resolution_seconds_count{queue="money",outcome="REJECTED"}'] is None


def test_a_repeated_call_counts_once() -> None:
    counted = Counted()
    counted.metrics.reviewed(settled(1, Verdict.REJECT, override=True, replayed=True))
    assert counted['overrides_total{action="refund.issue"}'] is None


@pytest.mark.parametrize("default", [None, *TimeoutDefault])
def test_a_timeout_is_no_verdict(default: TimeoutDefault | None) -> None:
    counted = Counted()
    about = replace(decision(), resolution=Resolution(Outcome.EXPIRED, "", START + 900 * SECOND, None, "", default))
    counted.metrics.expired(Expired(Job(job().task, about), escalated=False, left="money"))
    counted.metrics.escalated(job())
    held = job(5, Outcome.CANCELLED).decision
    counted.metrics.cancelled(held)
    assert counted['expired_total{queue="money"}'] == 1
    assert counted['escalations_total{queue="money"}'] == 1
    assert counted['resolution_seconds_sum{queue="money",outcome="EXPIRED"}'] == 900
    assert counted['resolution_seconds_sum{queue="other",outcome="CANCELLED"}'] == 5
    assert not counted.label_values("reviews", "action")


def test_rungs_and_more_time_are_counted_where_the_task_was() -> None:
    counted = Counted()
    counted.metrics.climbed(Climbed(job(), Rung(50, notify=True)))
    counted.metrics.climbed(Climbed(job(), Rung(75, queue="money"), left="small"))
    counted.metrics.extended([job(), job()])
    assert counted['climbs_total{queue="money"}'] == 1
    assert counted['climbs_total{queue="small"}'] == 1
    assert counted['extensions_total{queue="money"}'] == 2


def test_a_due_retraining_counts() -> None:
    counted = Counted()
    due = RetrainDue("refund.issue", Model("m", "1"), 500, 7)
    counted.metrics.reviewed(settled(1, Verdict.APPROVE, override=False, retrain=due))
    assert counted['retrain_events_total{action="refund.issue",model="m",version="1"}'] == 1


def test_queues_are_shown_as_they_stand() -> None:
    counted = Counted()
    counted.metrics.depths({"money": QueueDepth(3, 2, START), "law": QueueDepth(0, 1, None)}, START + 7 * SECOND)
    assert counted['tasks_pending{queue="money"}'] == 3
    assert counted['tasks_leased{queue="money"}'] == 2
    assert counted['oldest_pending_seconds{queue="money"}'] == 7
    assert counted['oldest_pending_seconds{queue="law"}'] == 0
    counted.metrics.depths({}, START + 8 * SECOND)
    assert counted['tasks_pending{queue="money"}'] == 0
    assert counted['oldest_pending_seconds{queue="money"}'] == 0


def test_queues_past_the_bound_are_added_up() -> None:
    counted = Counted()
    counted.metrics.depths({f"q{number}": QueueDepth(1, 0, START) for number in range(250)}, START)
    assert counted['tasks_pending{queue="other"}'] == 50


def test_routing_and_its_errors_are_counted() -> None:
    counted = Counted()
    ruling = Ruling(decision().routing, None, ("refunds/large: no such key", "refunds/defaults.priority: no number"))
    counted.metrics.routed(ruling, 30e-6)
    assert counted['routing_seconds_bucket{le="5e-05"}'] == 1
    assert counted['routing_seconds_bucket{le="2e-05"}'] == 0
    assert counted['rule_errors_total{policy="refunds",rule="large"}'] == 1
    assert counted['rule_errors_total{policy="refunds",rule="defaults.priority"}'] == 1


def test_calls_refusals_commits_and_reloads_are_counted() -> None:
    counted = Counted()
    counted.metrics.called("/andon.v1.DecisionService/Submit", "OK", 0.003)
    counted.metrics.refused("/andon.v1.DecisionService/Submit", "QUEUE_FULL")
    counted.metrics.committed(12, 0.0004)
    counted.metrics.reloaded("failed")
    assert counted['rpc_seconds_count{method="andon.v1.DecisionService/Submit",code="OK"}'] == 1
    assert counted['refusals_total{method="andon.v1.DecisionService/Submit",reason="QUEUE_FULL"}'] == 1
    assert counted["commit_operations_sum"] == 12
    assert counted["commit_seconds_count"] == 1
    assert counted['policy_reloads_total{result="failed"}'] == 1


def test_waiters_and_streams_are_read_at_each_scrape() -> None:
    counted, waiters = Counted(), [1]
    counted.metrics.live(waiters, {})
    waiters.append(2)
    assert (counted["waiters"], counted["streams"]) == (2, 0)


def test_two_servers_share_nothing() -> None:
    one, other = Counted(), Counted()
    one.metrics.reloaded("ok")
    assert (one['policy_reloads_total{result="ok"}'], other['policy_reloads_total{result="ok"}']) == (1, 0)


def test_the_documentation_holds_the_table() -> None:
    assert f"<!-- metrics -->\n\n{markdown()}\n<!-- /metrics -->" in DOCS.read_text("utf-8"), "see the comment there"


def test_the_table_holds_every_metric() -> None:
    families = {family.name for family in Counted().registry.collect() if family.name.startswith("andon_")}
    named = {re.sub("_(total|info)$", "", name) for name in re.findall(r"^\| `(\w+)`", markdown(), re.M)}
    assert families == named
