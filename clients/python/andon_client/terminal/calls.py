"""What the terminal asks the server beside the stream."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final, TypeVar

import grpc

from andon_client import _methods as methods
from andon_client._away import session_of
from andon_client._calls import Caller
from andon_client._convert import decision_of
from andon_client._gen.andon.v1 import (
    decision_pb2,
    decision_service_pb2,
    review_service_pb2,
    session_service_pb2,
    task_pb2,
)
from andon_client.errors import AndonError
from andon_client.terminal.document import Story
from andon_client.terminal.words import moment_of

_MOST: Final = 50
_TOO_OLD: Final = "This server does not tell; it is older than this client."

T = TypeVar("T")


class Calls:
    """The reads of one reviewer."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def session(self) -> session_service_pb2.Session:
        """Who the reviewer is to the server; empty where an older one does not tell. Raises AndonError."""
        session = await session_of(self._caller)
        if session is not None:
            return session
        await self._caller.call(methods.LIST_TASKS, review_service_pb2.ListTasksRequest(page_size=1))
        return session_service_pb2.Session()

    async def task(self, name: str) -> task_pb2.Task:
        """A task, whole. Raises AndonError."""
        return (await self._caller.call(methods.GET_TASK, review_service_pb2.GetTaskRequest(name=name))).task

    async def story(self, task: str, decision: str) -> Story:
        """What came before a task's decision, and what happened to it. What can't be read says why."""
        earlier = review_service_pb2.ListEarlierDecisionsRequest(name=task, page_size=_MOST)
        events = decision_service_pb2.ListDecisionEventsRequest(name=decision, page_size=_MOST)
        before = await _or_words(self._caller.call(methods.LIST_EARLIER_DECISIONS, earlier))
        after = await _or_words(self._caller.call(methods.LIST_DECISION_EVENTS, events))
        return Story(
            before if isinstance(before, str) else [decision_of(each) for each in before.decisions],
            after if isinstance(after, str) else [moment_of(each) for each in after.events],
        )


def stream_request(queues: list[str], credits: int) -> review_service_pb2.StreamRequest:
    """One stream for leases and for everything that waits."""
    return review_service_pb2.StreamRequest(
        queues=queues,
        mode=review_service_pb2.STREAM_MODE_LEASE_AND_WATCH,
        credits=credits,
        view=decision_pb2.DECISION_VIEW_BASIC,
    )


def resting(request: review_service_pb2.StreamRequest, away: bool) -> review_service_pb2.StreamRequest:
    """The stream as it is wanted: for who is away one that only watches, so that what lapses does not come back."""
    if not away:
        return request
    changed = review_service_pb2.StreamRequest()
    changed.CopyFrom(request)
    changed.mode = review_service_pb2.STREAM_MODE_WATCH
    return changed


async def _or_words(answer: Awaitable[T]) -> T | str:
    try:
        return await answer
    except AndonError as error:
        return _TOO_OLD if error.code is grpc.StatusCode.UNIMPLEMENTED else f"Could not be read: {error.message}"
