"""The decision's message as policies are compiled against it, and recorded decisions as such messages."""

from __future__ import annotations

from typing import Final

from google.protobuf import descriptor_pool

from andon.domain.decision import Decision
from andon.policy.api import Facts
from andon.policy.environment import Environment
from andon.rpc.convert import decision_message
from andon_client._gen.andon.v1 import decision_pb2

_LARGE: Final = frozenset({"input", "prediction", "reasoning"})


def decision_environment() -> Environment:
    """The contract's Decision, for `load_policies`."""
    return Environment(descriptor_pool.Default(), decision_pb2.Decision.DESCRIPTOR.full_name)


def recorded_facts(decision: Decision, fields: frozenset[str]) -> Facts:
    """A recorded decision as policies read it. What may be large is there where one of these `fields` is."""
    return decision_message(decision, full=not fields.isdisjoint(_LARGE))
