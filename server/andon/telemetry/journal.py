"""Metrics, and a line in the log for what somebody should hear of."""

from __future__ import annotations

from andon.store.values import Expired, Job, Settled
from andon.telemetry.logs import get_logger, request_id_var
from andon.telemetry.metrics import Metrics

_log = get_logger("andon.journal")


class Journal(Metrics):
    """The server's Observer. Ordinary submissions and verdicts make no line: their metrics and ledger say enough."""

    def reviewed(self, settled: Settled) -> None:
        """Logs the one verdict that asks for a retraining."""
        super().reviewed(settled)
        due = settled.retrain
        if due is not None and not settled.replayed:
            model = {"model": due.model.name, "version": due.model.version}
            _log.info("retrain due", action=due.action, **model, labels=due.labels, cursor=due.cursor)

    def escalated(self, job: Job) -> None:
        """Logs an escalation that a deadline brought; one that a reviewer asked for is an answered call."""
        super().escalated(job)
        if not request_id_var.get():
            task = job.task
            _log.info("task escalated", decision=job.decision.name, task=task.name, queue=task.queue)

    def expired(self, expired: Expired) -> None:
        """Logs a decision that nobody judged in time."""
        super().expired(expired)
        task = expired.job.task
        if expired.ended:
            what = "appeal" if task.level else "decision"
            _log.warning(f"{what} expired", decision=expired.job.decision.name, task=task.name, queue=task.queue)
