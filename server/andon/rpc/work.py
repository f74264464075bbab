"""What the policy says of the work on a decision, and appeals, as the contract has them."""

from __future__ import annotations

from collections.abc import Sequence

from andon.domain.appeal import Appeal
from andon.domain.decision import Resolution
from andon.domain.plan import EXTRA, TIE_BREAK
from andon.domain.task import Task
from andon.rpc.structs import fill_struct
from andon.rpc.times import duration, fill_time
from andon.usecases.availability import Presence
from andon_client._gen.andon.v1 import decision_pb2, review_service_pb2, task_pb2

_ROLES = {EXTRA: task_pb2.SEAT_ROLE_EXTRA, TIE_BREAK: task_pb2.SEAT_ROLE_TIE_BREAK}


def fill_work(message: task_pb2.Task, task: Task) -> None:
    """Writes how people are asked into a task's message."""
    message.group = task.group
    message.level = task.level
    message.extensions = task.extensions
    message.note = task.note
    plan = task.plan
    if plan is None:
        return
    if plan.quorum is not None:
        quorum = message.quorum
        quorum.expression = str(plan.quorum)
        quorum.role = _ROLES.get(task.term, task_pb2.SEAT_ROLE_REGULAR)
        quorum.veto.extend(plan.quorum.veto)
        quorum.blind = plan.quorum.blind
    if plan.more_time is not None and task.extensions < plan.more_time.times:
        message.extension.CopyFrom(duration(plan.more_time.by))


def fill_appeals(message: decision_pb2.Decision, appeals: Sequence[Appeal]) -> None:
    """Writes the appeals of one decision into its message."""
    for appeal in appeals:
        one = message.appeals.add(
            level=appeal.level, appellant=appeal.appellant, comment=appeal.comment, task=f"tasks/{appeal.task_id}"
        )
        fill_time(one.create_time, appeal.create_time)
        if appeal.resolution is not None:
            fill_resolution(one.resolution, appeal.resolution)


def availability_of(presence: Presence) -> review_service_pb2.Availability.ValueType:
    """Whether somebody takes work."""
    if presence.available:
        return review_service_pb2.AVAILABILITY_AVAILABLE
    return review_service_pb2.AVAILABILITY_AWAY


def fill_resolution(message: decision_pb2.Resolution, resolution: Resolution) -> None:
    """Writes how something ended into an empty message."""
    message.outcome = resolution.outcome  # type: ignore[assignment]  # the numbers are the contract's
    message.resolved_by = resolution.resolved_by
    fill_time(message.resolve_time, resolution.time)
    if resolution.comment:
        message.comment = resolution.comment
    if resolution.corrected_prediction is not None:
        fill_struct(message.corrected_prediction, resolution.corrected_prediction)
    if resolution.timeout_default is not None:
        message.timeout_default = int(resolution.timeout_default)  # type: ignore[assignment]
