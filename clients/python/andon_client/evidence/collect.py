"""Collecting what a server has of a decision, as one JSON document. Nothing is judged here; see `check`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final, TypeAlias

from google.protobuf import json_format

import andon_client
from andon_client import _methods as methods
from andon_client._calls import Caller
from andon_client._gen.andon.v1 import (
    decision_pb2,
    ledger_service_pb2,
    policy_service_pb2,
    session_service_pb2,
)
from andon_client.client import Client
from andon_client.errors import AndonError, NotAllowed, NotFound, Unavailable
from andon_client.evidence.reading import ledger_of
from andon_client.model import Decision
from andon_client.notes import VerifierKey

FORMAT: Final = "andon-evidence-1"
Document: TypeAlias = "dict[str, Any]"
"""The evidence of a decision. docs/evidence.md lists its members."""


async def collect(client: Client, name: str, now: datetime, pinned: Sequence[VerifierKey] = ()) -> Document:
    """Everything that the caller may see of a decision, and what proves it.

    Reading is recorded by the server, as it always is. Raises NotFound where the decision is not the caller's to see,
    and what any call raises.
    """
    caller: Caller = client._caller
    decision = await client.get(name)
    document = _decided(decision)
    document |= await _history(client, decision)
    document["receipts"] = await _receipts(client, decision)
    document["keys"] = await _keys(caller)
    document["policy"] = await _policy(caller, decision)
    document["ledger"] = await ledger_of(client, decision.name.partition("/")[2], list(pinned))
    document["made"] = await _made(caller, now)
    return {"format": FORMAT, **document}


def plain(value: Any) -> Any:
    """Our own objects as JSON values, times as RFC 3339."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value.value if isinstance(value, Enum) else value


def _decided(decision: Decision) -> Document:
    """The decision in its parts."""
    whole = plain(decision)
    told = ("name", "action", "state", "submitter", "on_behalf_of", "payload_hash", "sequence", "task", "create_time")
    after = ("expire_time", "supersedes", "superseded_by", "amendments", "erase_time", "masked_fields")
    said = ("confidence", "model", "attributes", "reasoning", "input")
    return {
        "decision": {
            **{key: whole[key] for key in (*told, *after)},
            "outcome": plain(decision.outcome),
            "may_pass": decision.passed,
        },
        "proposal": {**{key: whole[key] for key in said}, "prediction": whole["proposed"]},
        "routing": whole["routing"],
        "resolution": whole["resolution"],
        "appeals": whole["appeals"],
        "redemption": whole["redemption"],
    }


async def _history(client: Client, decision: Decision) -> Document:
    """What happened to it, as far as the server tells; `history_why` says why not all of it."""
    events: list[Any] = []
    try:
        async for event in client.history(decision):
            events.append(plain(event))
    except (Unavailable, NotAllowed, NotFound):
        raise
    except AndonError as error:
        return {"events": events, "history_why": error.message}
    return {"events": events, "history_why": ""}


async def _receipts(client: Client, decision: Decision) -> list[Document]:
    """The receipts of all ends that there are."""
    ended = [0] if decision.resolution else []
    ended += [appeal.level for appeal in decision.appeals if appeal.resolution]
    found = []
    for level in ended:
        try:
            receipt = await client.receipt(decision, level=level)
            found.append({"level": level, "receipt": receipt, "why": ""})
        except Unavailable:
            raise
        except AndonError as error:
            found.append({"level": level, "receipt": "", "why": error.message})
    return found


async def _keys(caller: Caller) -> Document:
    response = await caller.call(methods.LIST_SIGNING_KEYS, ledger_service_pb2.ListSigningKeysRequest())
    return {"jwks": json_format.MessageToDict(response.jwks), "verifier_keys": list(response.verifier_keys)}


async def _policy(caller: Caller, decision: Decision) -> Document:
    """The policy in force now under the name of the one that governed it; `why` where it can't be shown."""
    found: Document = {"revision": "", "why": "", "policy": None}
    try:
        response = await caller.call(methods.LIST_POLICIES, policy_service_pb2.ListPoliciesRequest())
    except NotAllowed as error:
        return found | {"why": error.message}
    found["revision"] = response.revision
    named = decision.routing.policy
    policy = next((each for each in response.policies if each.policy == named), None) if named else None
    if policy is None:
        return found | {"why": f"no policy is called {named} now" if named else "no policy governs the action"}
    said = json_format.MessageToDict(policy, preserving_proto_field_name=True)
    for rule, message in zip(said.get("rules", ()), policy.rules, strict=True):
        rule["route"] = decision_pb2.Route.Name(message.route).removeprefix("ROUTE_")
    return found | {"policy": said}


async def _made(caller: Caller, now: datetime) -> Document:
    response = await caller.call(methods.GET_SESSION, session_service_pb2.GetSessionRequest())
    session = response.session
    return {
        "by": session.principal,
        "roles": list(session.roles),
        "time": plain(now.replace(microsecond=0)),
        "server_version": session.server_version,
        "client_version": andon_client.__version__,
    }
