"""Presentations and the evidence of what was shown: domain to contract and back."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from andon.domain.clock import SECOND
from andon.domain.effect import effect_of
from andon.domain.errors import FieldFault, FieldInvalid, PayloadTooLarge
from andon.domain.presentation import Presentation
from andon.domain.review import Shown
from andon.domain.text import CONTROL, has_control
from andon.store.values import Job
from andon_client._gen.andon.v1 import task_pb2

MAX_PATHS: Final = 16 << 10
_PATHS: Final = ("opened", "unopened")


def fill_presentation(message: task_pb2.Presentation, job: Job) -> None:
    """Writes what the policy says into an empty field, the effect filled from the decision; there is always one."""
    if job.task.presentation is not None:
        message.CopyFrom(_written(job.task.presentation))
    message.effect = effect_of(job.task.presentation, job.decision.proposal)


def shown_message(shown: Shown) -> task_pb2.Shown:
    """The evidence as the contract has it."""
    message = task_pb2.Shown(digest=shown.digest, opened=shown.opened, unopened=shown.unopened)
    if shown.view_time is not None:
        message.view_time.seconds = shown.view_time // SECOND
        message.view_time.nanos = shown.view_time % SECOND * 1_000
    return message


def shown_of(message: task_pb2.Shown) -> Shown:
    """The evidence of a validated request; spans are rounded down to µs. Raises FieldInvalid, PayloadTooLarge."""
    _check_paths(message)
    span = message.view_time
    view_time = span.seconds * SECOND + span.nanos // 1_000 if message.HasField("view_time") else None
    return Shown(message.digest, tuple(message.opened), tuple(message.unopened), view_time)


def _check_paths(message: task_pb2.Shown) -> None:
    """The ledger keeps them for ever."""
    named = {f"shown.{name}[{at}]": path for name in _PATHS for at, path in enumerate(getattr(message, name))}
    if (size := sum(len(path.encode()) for path in named.values())) > MAX_PATHS:
        raise PayloadTooLarge(field="shown", limit=MAX_PATHS, actual=size)
    if faults := tuple(FieldFault(at, CONTROL) for at, path in named.items() if has_control(path)):
        raise FieldInvalid(faults)


@lru_cache(maxsize=256)
def _written(presentation: Presentation) -> task_pb2.Presentation:
    message = task_pb2.Presentation()
    for field in presentation.fields:
        message.fields.add(
            path=field.path,
            label=field.label,
            format=int(field.format),  # the numbers are the contract's
            unit=field.unit,
            decisive=field.decisive,
            upsetting=field.upsetting,
        )
    for verdict in presentation.comment_required:
        message.comment_required.append(int(verdict))  # type: ignore[arg-type]  # the numbers are the contract's
    return message
