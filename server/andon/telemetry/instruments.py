"""Every metric: its name, labels and meaning. docs/metrics.md is derived from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

from andon.telemetry.tallies import Counts, Tallies

_MICRO: Final = (10e-6, 20e-6, 50e-6, 100e-6, 200e-6, 500e-6, 1e-3, 2e-3, 5e-3, 10e-3, 50e-3)
_CALLS: Final = (0.5e-3, 1e-3, 2e-3, 5e-3, 10e-3, 25e-3, 50e-3, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
_COMMITS: Final = (0.1e-3, 0.2e-3, 0.5e-3, 1e-3, 2e-3, 5e-3, 10e-3, 25e-3, 50e-3, 0.1, 0.25, 1, 5)
_BATCHES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
_HUMAN: Final = (0.1, 1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 4 * 3600, 8 * 3600, 86400, 3 * 86400, 7 * 86400)


class Row(NamedTuple):
    """What is to be known of a metric: its full name, type, labels and meaning."""

    name: str
    kind: str
    labels: tuple[str, ...]
    doc: str


class Instruments:
    """All metrics of one server, on one registry. `rows` lists them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self.rows: list[Row] = []
        self._routing()
        self._reviewing()
        self._queues()
        self._notifying()
        self._serving()

    def _routing(self) -> None:
        count = self._counter
        self.decisions = self._counts("decisions", "Decisions recorded, by route.", "action", "route")
        self.rule_matches = self._counts("rule_matches", "Matches of a rule in recorded decisions.", "policy", "rule")
        self.rule_errors = count("rule_errors", "Rules that failed at run time.", "policy", "rule")
        self.routing = self._tallies("routing_seconds", "Time the rules took for one decision.", _MICRO)
        self.policy_reloads = count("policy_reloads", "Reloads of the policy folder, by result.", "result")
        self.policy_info = self._info("The policy revision in force.", "policy", "revision")

    def _reviewing(self) -> None:
        count, model = self._counter, ("action", "model", "version")
        self.reviews = count("reviews", "Verdicts that people gave.", "action", "verdict")
        self.overrides = count("overrides", "Verdicts that differ from the AI's proposal.", "action")
        self.override_ratio = self._gauge(
            "override_ratio", "Overrides divided by verdicts, since the server started.", "action"
        )
        self.rule_reviews = count("rule_reviews", "Verdicts, by the rule that asked for them.", "policy", "rule")
        self.rule_overrides = count("rule_overrides", "Overrides, by the rule that asked for them.", "policy", "rule")
        self.model_reviews = count("model_reviews", "Verdicts, by the model that proposed.", *model)
        self.model_overrides = count("model_overrides", "Overrides, by the model that proposed.", *model)
        self.retrain_events = count("retrain_events", "Times that enough new labels asked to retrain.", *model)

    def _queues(self) -> None:
        count, gauge, histogram = self._counter, self._gauge, self._histogram
        self.queue_wait = histogram("queue_wait_seconds", "From creation to first lease.", _HUMAN, "queue")
        self.review_time = histogram("review_seconds", "From lease to verdict.", _HUMAN, "queue")
        self.resolution = histogram(
            "resolution_seconds", "From creation to resolution of held decisions.", _HUMAN, "queue", "outcome"
        )
        self.pending = gauge("tasks_pending", "Tasks that wait for a reviewer.", "queue")
        self.leased = gauge("tasks_leased", "Tasks that a reviewer holds.", "queue")
        self.oldest = gauge("oldest_pending_seconds", "Age of the oldest waiting task; 0 without one.", "queue")
        self.expired = count("expired", "Decisions that ended because nobody judged them in time.", "queue")
        self.escalations = count("escalations", "Tasks that were escalated, by the queue they went to.", "queue")
        self.climbs = count("climbs", "Rungs of a policy's ladder that tasks climbed as time ran out.", "queue")
        self.extensions = count("extensions", "Tasks that were given more time.", "queue")
        self.lapses = count("leases_lapsed", "Leases that lapsed without a verdict.", "queue")

    def _notifying(self) -> None:
        self.deliveries = self._counter(
            "deliveries", "Attempts to notify, by result: `delivered`, `failed`, `dead`.", "subscription", "result"
        )
        self.deliveries_pending = self._gauge("deliveries_pending", "Notifications under way.", "subscription")
        self.dead_letters = self._gauge("dead_letters", "Notifications that were given up.", "subscription")
        self.delivery_lag = self._gauge(
            "delivery_lag_seconds", "Age of the oldest notification under way; 0 without one.", "subscription"
        )

    def _serving(self) -> None:
        self.ledger_sealed = self._gauge("ledger_sealed_entries", "Entries of the ledger under the last checkpoint.")
        self.ledger_seal_time = self._gauge("ledger_sealed_timestamp_seconds", "When the last checkpoint was signed.")
        self.ledger_audit_time = self._gauge(
            "ledger_audited_timestamp_seconds", "When the ledger was last read whole, from its beginning, and fit."
        )
        self.ledger_sound = self._gauge("ledger_sound", "1 where all that was read of the ledger fits; 0 where not.")
        self.ledger_sound.set(1)
        self.waiters = self._gauge("waiters", "Calls that are blocked on a decision.")
        self.streams = self._gauge("streams", "Reviewers' streams that are open.")
        self.rpc = self._tallies(
            "rpc_seconds", "Time a call took, waiting and streaming included.", _CALLS, "method", "code"
        )
        self.refusals = self._counter("refusals", "Calls that were refused.", "method", "reason")
        self.authentications = self._counts(
            "authentications", "Credentials looked at; `result` is OK or the reason.", "method", "result"
        )
        self.certificate_expiry = self._gauge(
            "tls_certificate_expiry_timestamp_seconds", "When the certificate in force expires; 0 without TLS."
        )
        self.certificate_stale = self._gauge("tls_stale", "1 where the files of TLS could not be taken; 0 elsewhere.")
        self.commit = self._histogram("commit_seconds", "Time a durable commit took.", _COMMITS)
        self.commit_operations = self._histogram("commit_operations", "Operations that shared one commit.", _BATCHES)
        self.build_info = self._info("The version that runs.", "build", "version", "python")

    def _counter(self, name: str, doc: str, *labels: str) -> Counter:
        self.rows.append(Row(f"andon_{name}_total", "counter", labels, doc))
        return Counter(name, doc, labels, namespace="andon", registry=self._registry)

    def _counts(self, name: str, doc: str, *labels: str) -> Counts:
        """A counter on the path that every call takes."""
        self.rows.append(Row(f"andon_{name}_total", "counter", labels, doc))
        return Counts(f"andon_{name}", doc, labels, self._registry)

    def _tallies(self, name: str, doc: str, buckets: Sequence[float], *labels: str) -> Tallies:
        """A histogram on the path that every call takes."""
        self.rows.append(Row(f"andon_{name}", "histogram", labels, doc))
        return Tallies(f"andon_{name}", doc, labels, buckets, self._registry)

    def _gauge(self, name: str, doc: str, *labels: str) -> Gauge:
        self.rows.append(Row(f"andon_{name}", "gauge", labels, doc))
        return Gauge(name, doc, labels, namespace="andon", registry=self._registry)

    def _info(self, doc: str, name: str, *labels: str) -> Info:
        self.rows.append(Row(f"andon_{name}_info", "info", labels, doc))
        return Info(name, doc, namespace="andon", registry=self._registry)

    def _histogram(self, name: str, doc: str, buckets: Sequence[float], *labels: str) -> Histogram:
        self.rows.append(Row(f"andon_{name}", "histogram", labels, doc))
        return Histogram(name, doc, labels, namespace="andon", registry=self._registry, buckets=buckets)


def markdown() -> str:
    """The table of docs/metrics.md."""
    rows = [
        f"| `{row.name}` | {row.kind} | {', '.join(f'`{label}`' for label in row.labels)} | {row.doc} |\n"
        for row in Instruments(CollectorRegistry()).rows
    ]
    return "| Metric | Type | Labels | Meaning |\n|---|---|---|---|\n" + "".join(rows)


if __name__ == "__main__":
    print(markdown(), end="")
