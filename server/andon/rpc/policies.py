"""PolicyService: convert, call one use case, convert."""

from __future__ import annotations

from andon.policy.document import PolicyDocument, deadline_text, span_text
from andon.policy.model import Rule
from andon.rpc.pipeline import Call
from andon.rpc.times import timestamp
from andon.usecases.policies import Policies
from andon_client._gen.andon.v1 import policy_service_pb2


class PolicyEndpoints:
    """One method for each RPC of PolicyService, named as it is."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    async def ListPolicies(  # the contract's name
        self, call: Call, request: policy_service_pb2.ListPoliciesRequest
    ) -> policy_service_pb2.ListPoliciesResponse:
        found = self._policies.in_force(call.caller)
        return policy_service_pb2.ListPoliciesResponse(
            revision=found.revision,
            activate_time=timestamp(found.since),
            policies=map(_policy_message, found.documents),
            faults=found.faults,
            warnings=found.warnings,
        )


def _policy_message(document: PolicyDocument) -> policy_service_pb2.Policy:
    stated = document.model
    message = policy_service_pb2.Policy(
        policy=stated.policy,
        description=stated.description,
        actions=stated.actions,
        queue=stated.queue,
        deadline=deadline_text(stated.defaults),
        rules=map(_rule_message, stated.rules),
        file=document.file,
        source=document.text,
    )
    if stated.confidence is not None:
        message.threshold = str(stated.confidence.threshold)
        message.threshold_route = int(stated.confidence.route)  # type: ignore[assignment]  # the contract's number
    return message


def _rule_message(rule: Rule) -> policy_service_pb2.PolicyRule:
    return policy_service_pb2.PolicyRule(
        rule=rule.id,
        when=rule.when or "",
        route=int(rule.route),  # type: ignore[arg-type]  # the numbers are the contract's
        reason=rule.reason,
        sample_rate=rule.sample or 0.0,
        queue=rule.queue or "",
        deadline="" if rule.deadline is None else span_text(rule.deadline),
        priority=rule.priority or "",
        skills=rule.skills,
    )
