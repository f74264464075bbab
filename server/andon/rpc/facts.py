"""The decision's message as policies are compiled against it."""

from __future__ import annotations

from google.protobuf import descriptor_pool

from andon.policy.environment import Environment
from andon_client._gen.andon.v1 import decision_pb2


def decision_environment() -> Environment:
    """The contract's Decision, for `load_policies`."""
    return Environment(descriptor_pool.Default(), decision_pb2.Decision.DESCRIPTOR.full_name)
