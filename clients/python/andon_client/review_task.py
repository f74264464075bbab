"""One leased task: it keeps its lease alive and is settled once."""

from __future__ import annotations

import asyncio
import uuid
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from google.protobuf import struct_pb2

from andon_client import _methods as methods
from andon_client._calls import ATTEMPT, Caller, log
from andon_client._gen.andon.v1 import review_service_pb2, task_pb2
from andon_client._json import to_struct
from andon_client.errors import AndonError, LeaseLost, NotFound, TaskClosed
from andon_client.model import Decision
from andon_client.presentation import Shown, shown_message
from andon_client.task import Review, Task, lease_of, review_of, task_of

VERDICT_TIMEOUT: Final = 30.0
_SHORTEST: Final = 0.3
_AT_ONCE: Final = 0.001


class ReviewTask:
    """A task leased to this reviewer.

    The lease is renewed by itself until the task is settled, lost or no longer referred to; `wanted` can hold that up
    while nobody is there. Settle it once: with
    `approve`, `reject`, `correct`, `release` or `escalate`. A verdict is repeated while the server is away for up to
    30 s; where it then raises Unavailable, give the same verdict again: it is recorded once.
    """

    def __init__(
        self,
        caller: Caller,
        message: task_pb2.Task,
        on_settled: Callable[[str], None],
        *,
        fresh: bool,
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        self.info = task_of(message)
        """The task as it was last reported."""
        self.lost = asyncio.Event()
        """Set when the lease is lost. A verdict then raises LeaseLost."""
        self._caller = caller
        self._on_settled = on_settled
        self._wanted = wanted
        self._token = message.lease.token
        self._payload_hash = message.decision.payload_hash
        self._settled = False
        self._settling = False
        self._sent: tuple[bytes, review_service_pb2.ReviewRequest] | None = None
        self._asked: review_service_pb2.ExtendDeadlineRequest | None = None
        self._keeper = self._keep_after(self._pause() if fresh else _AT_ONCE)

    @property
    def name(self) -> str:
        """The task's name, `tasks/…`."""
        return self.info.name

    @property
    def decision(self) -> Decision:
        """What is to be judged, whole."""
        return self.info.decision

    @property
    def token(self) -> str:
        """The fencing token of the lease."""
        return self._token

    @property
    def open(self) -> bool:
        """Whether it is still this reviewer's to settle."""
        return not (self._settled or self.lost.is_set())

    async def approve(self, comment: str = "", *, shown: Shown | None = None) -> Review:
        """Do as the AI proposes. Raises LeaseLost, TaskClosed, PayloadChanged (see `reread`), Unavailable.

        `shown` is evidence of what the reviewer saw; it is recorded with the verdict.
        """
        return await self._judge(task_pb2.VERDICT_APPROVE, comment, shown)

    async def reject(self, comment: str = "", *, shown: Shown | None = None) -> Review:
        """Do not. Raises as `approve`."""
        return await self._judge(task_pb2.VERDICT_REJECT, comment, shown)

    async def correct(self, prediction: Mapping[str, Any], comment: str = "", *, shown: Shown | None = None) -> Review:
        """Do this instead. Raises as `approve`, and InvalidRequest where it does not fit the task's schema."""
        return await self._judge(
            task_pb2.VERDICT_CORRECT, comment, shown, to_struct(prediction, "corrected_prediction")
        )

    async def release(self, comment: str = "", *, skip: bool = True) -> None:
        """Gives the task back to its queue. Does nothing where the lease is lost already.

        `skip`: it is for somebody else, and no task of this decision is handed to this reviewer again. Without, it may
        come back: for those who only stop working.
        """
        if not self.open:
            return
        reason = review_service_pb2.RELEASE_REASON_SKIP if skip else review_service_pb2.RELEASE_REASON_AWAY
        request = review_service_pb2.ReleaseTaskRequest(
            name=self.name, lease_token=self._token, comment=comment, reason=reason
        )
        with suppress(LeaseLost, TaskClosed):
            await self._settle(methods.RELEASE_TASK, request)

    async def escalate(self, comment: str = "") -> Task:
        """Hands the task to the queue its policy escalates to.

        Raises as `approve`, and AndonError with the reason NO_ESCALATION where the policy names none.
        """
        self._require_open()
        request = review_service_pb2.EscalateTaskRequest(name=self.name, lease_token=self._token, comment=comment)
        return task_of((await self._settle(methods.ESCALATE_TASK, request)).task)

    async def extend(self, comment: str = "") -> Task:
        """Gives the task, and all who are asked about the decision, more time; see `info.extension`.

        It is repeated while the server is away for up to 30 s; where it then raises Unavailable, ask again with the
        same comment: the time is given once. Raises LeaseLost, and AndonError with the reason NO_MORE_TIME where the
        policy gives none, or none any more.
        """
        self._require_open()
        if self._asked is None or self._asked.comment != comment:
            self._asked = review_service_pb2.ExtendDeadlineRequest(
                name=self.name, lease_token=self._token, comment=comment, request_id=str(uuid.uuid4())
            )
        told = task_of((await self._caller.call(methods.EXTEND_DEADLINE, self._asked, VERDICT_TIMEOUT)).task)
        self._asked = None
        self.info = replace(told, decision=self.info.decision, presentation=self.info.presentation)
        return self.info

    def reread(self) -> Decision:
        """What is to be judged from now on: the caller may have changed it since it was handed over.

        A verdict is on what was handed over, or read by this, last; where that is not the newest, it raises
        PayloadChanged.
        """
        self._payload_hash = self.info.decision.payload_hash
        return self.info.decision

    def update(self, message: task_pb2.Task) -> None:
        """Takes over what the server reports of this task."""
        self.info = task_of(message)

    def lose(self) -> None:
        """Notes that the lease is gone, unless a verdict is just being settled: its answer then tells."""
        if not (self._settled or self._settling):
            self.lost.set()
            self._keeper.cancel()

    async def renew(self) -> float:
        """Prolongs the lease once; returns the seconds until the next time. 0 once it is over."""
        request = review_service_pb2.RenewLeaseRequest(name=self.name, lease_token=self._token)
        try:
            response = await self._caller.once(methods.RENEW_LEASE, request, ATTEMPT)
        except (LeaseLost, TaskClosed, NotFound):
            self.lose()
            return 0.0
        except AndonError as error:
            log.warning("%s: the lease could not be renewed (%s); trying again", self.name, error.message)
            return 1.0
        self.info = replace(self.info, lease=lease_of(response.lease))
        return self._pause()

    async def renew_if_wanted(self) -> float:
        """Prolongs the lease unless whoever took the task says that nobody is there; seconds until the next time."""
        return await self.renew() if self._wanted() else self._pause()

    def verify(self) -> None:
        """Renews at once, to learn whether the lease has outlived a lost connection."""
        if self.open:
            self._keeper.cancel()
            self._keeper = self._keep_after(_AT_ONCE)

    def _pause(self) -> float:
        """Seconds until the next renewal: a third of the lease's length, by this machine's stopwatch."""
        return max(_SHORTEST, self.info.lease.duration / 3 if self.info.lease else 0.0)

    def _keep_after(self, pause: float) -> asyncio.Task[None]:
        return asyncio.create_task(_keep(weakref.ref(self), self._caller, pause), name="andon-lease")

    async def _judge(
        self,
        verdict: task_pb2.Verdict.ValueType,
        comment: str,
        shown: Shown | None,
        prediction: struct_pb2.Struct | None = None,
    ) -> Review:
        request = review_service_pb2.ReviewRequest(
            name=self.name,
            lease_token=self._token,
            payload_hash=self._payload_hash,
            verdict=verdict,
            corrected_prediction=prediction,
            comment=comment,
        )
        return review_of(await self._settle(methods.REVIEW, self._identified(request, shown)))

    def _identified(
        self, request: review_service_pb2.ReviewRequest, shown: Shown | None
    ) -> review_service_pb2.ReviewRequest:
        """The request with an id. The very one that was sent before, evidence included, where this says the same."""
        body = request.SerializeToString(deterministic=True)
        if self._sent is None or self._sent[0] != body:
            self._require_open()
            request.request_id = str(uuid.uuid4())
            if shown is not None:
                request.shown.CopyFrom(shown_message(shown))
            self._sent = (body, request)
        return self._sent[1]

    def _require_open(self) -> None:
        if self._settled:
            raise TaskClosed(f"{self.name} was already settled here", reason="TASK_CLOSED")
        if self.lost.is_set():
            raise LeaseLost(f"the lease on {self.name} was lost", reason="LEASE_LOST")

    async def _settle(
        self, method: methods.Method[methods.Request, methods.Response], request: methods.Request
    ) -> methods.Response:
        self._settling = True
        try:
            response = await self._caller.call(method, request, VERDICT_TIMEOUT)
        except (LeaseLost, TaskClosed):
            self.lost.set()
            self._keeper.cancel()
            raise
        finally:
            self._settling = False
        self._settled = True
        self._keeper.cancel()
        self._on_settled(self._token)
        return response


async def _keep(ref: weakref.ref[ReviewTask], caller: Caller, pause: float) -> None:
    """Renews a lease until the task is settled, lost or let go by everybody."""
    while pause > 0:
        await caller.transport.sleep(pause)
        task = ref()
        if task is None or not task.open:
            return
        pause = await task.renew_if_wanted()
        del task
