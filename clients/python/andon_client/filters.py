"""Which decisions a listing is to find."""

from __future__ import annotations

from datetime import datetime
from typing import Final, TypedDict

from andon_client._convert import stamp_of
from andon_client._gen.andon.v1 import decision_pb2, decision_service_pb2
from andon_client.model import Outcome, Route, State

_ANY: Final = "UNSPECIFIED"


class DecisionFilters(TypedDict, total=False):
    """What decisions must fit, as keyword arguments. What is left out, empty or None does not matter.

    action: exactly this one, or a pattern such as `refund.*`.
    state: PENDING or RESOLVED.
    outcome: how it ended.
    route: how it was routed.
    subject: whom or what it is about.
    submitter: who submitted it.
    model: the name of the model, or NAME@VERSION.
    rule: the id of a rule that is among the reasons.
    resolved_by: the reviewer, `rule:ID` or `policy:NAME` that ended it.
    text: words, each of which must stand somewhere in what was submitted or decided.
    since: submitted at this moment or later. It must be aware of its time zone.
    until: submitted before this moment. The same.
    """

    action: str
    state: State | None
    outcome: Outcome | None
    route: Route | None
    subject: str
    submitter: str
    model: str
    rule: str
    resolved_by: str
    text: str
    since: datetime | None
    until: datetime | None


def filter_message(filters: DecisionFilters) -> decision_service_pb2.DecisionFilter:
    """The filters as the contract's message. Raises ValueError for a time that does not know its time zone."""
    return decision_service_pb2.DecisionFilter(
        action=filters.get("action", ""),
        state=decision_pb2.DecisionState.Value(f"DECISION_STATE_{filters.get('state') or _ANY}"),
        outcome=decision_pb2.Outcome.Value(f"OUTCOME_{filters.get('outcome') or _ANY}"),
        route=decision_pb2.Route.Value(f"ROUTE_{filters.get('route') or _ANY}"),
        subject=filters.get("subject", ""),
        submitter=filters.get("submitter", ""),
        model=filters.get("model", ""),
        rule=filters.get("rule", ""),
        resolved_by=filters.get("resolved_by", ""),
        text=filters.get("text", ""),
        start_time=stamp_of(filters.get("since")),
        end_time=stamp_of(filters.get("until")),
    )
