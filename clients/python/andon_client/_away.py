"""Whether this reviewer takes work, in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import grpc

from andon_client import _methods as methods
from andon_client._calls import Caller
from andon_client._convert import time_of
from andon_client._gen.andon.v1 import review_service_pb2, session_service_pb2
from andon_client.errors import AndonError


async def session_of(caller: Caller) -> session_service_pb2.Session | None:
    """Who the server takes this client for; None where it is too old to tell. Raises AndonError."""
    try:
        return (await caller.call(methods.GET_SESSION, session_service_pb2.GetSessionRequest())).session
    except AndonError as error:
        if error.code is not grpc.StatusCode.UNIMPLEMENTED:
            raise
    return None


def away_words(session: session_service_pb2.Session | None, moment_text: Callable[[datetime], str]) -> str:
    """That nothing is handed to this reviewer, and until when; empty where they take work."""
    if session is None or session.availability != review_service_pb2.AVAILABILITY_AWAY:
        return ""
    until = moment_text(time_of(session.resume_time)) if session.HasField("resume_time") else "you say otherwise"
    return f"you are away until {until}: nothing is handed to you"
