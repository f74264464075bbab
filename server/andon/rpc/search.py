"""What a filter on decisions asks for."""

from __future__ import annotations

from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from andon.domain.decision import DecisionState
from andon.domain.errors import FieldFault, FieldInvalid
from andon.domain.search import DecisionQuery
from andon.domain.text import CONTROL, has_control
from andon.rpc.convert import outcome_of, route_of
from andon.rpc.pages import action_pattern
from andon.rpc.times import microseconds
from andon_client._gen.andon.v1 import decision_service_pb2

MAX_WORDS: Final = 8


def decision_query(message: decision_service_pb2.DecisionFilter, before: int | None, *, brief: bool) -> DecisionQuery:
    """The query of a validated filter. Raises FieldInvalid for too many words, or control characters.

    Times are rounded up to the microsecond: what was made earlier than a moment is not at it.
    """
    return DecisionQuery(
        limit=0,
        before=before,
        action=action_pattern(message.action),
        state=DecisionState(message.state) if message.state else None,
        outcome=outcome_of(message.outcome),
        route=route_of(message.route),
        subject=message.subject,
        submitter=message.submitter,
        model=message.model,
        rule=message.rule,
        resolved_by=message.resolved_by,
        words=_words(message.text),
        start_time=_moment(message.start_time) if message.HasField("start_time") else None,
        end_time=_moment(message.end_time) if message.HasField("end_time") else None,
        brief=brief,
    )


def _words(text: str) -> tuple[str, ...]:
    if has_control(text):
        raise FieldInvalid((FieldFault("filter.text", CONTROL),))
    words = tuple(dict.fromkeys(text.split()))
    if len(words) > MAX_WORDS:
        raise FieldInvalid((FieldFault("filter.text", f"must have at most {MAX_WORDS} words"),))
    return words


def _moment(message: Timestamp) -> int:
    return microseconds(message) + (message.nanos % 1_000 > 0)
