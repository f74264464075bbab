"""The table of roles, against the contract."""

from __future__ import annotations

import pytest

from andon.domain.errors import RoleRequired
from andon.domain.principal import Principal, Role
from andon.rpc.server import SERVICES
from andon.usecases.access import ROLES, check_role, methods_of

METHODS = {f"/{service.full_name}/{method.name}" for service in SERVICES for method in service.methods} | {
    "/andon.v1.DecisionService/Submit?validate_only"
}
S, R, L, A, X = Role.SUBMITTER, Role.REVIEWER, Role.LEAD, Role.AUDITOR, Role.ADMIN
EXPECTED = {
    "Submit": {S, X},
    "Submit?validate_only": {S, R, L, A, X},
    "BatchSubmit": {S, X},
    "Wait": {S, R, L, A, X},
    "GetDecision": {S, R, L, A, X},
    "ListDecisions": {S, R, L, A, X},
    "CancelDecision": {S, X},
    "AmendDecision": {S, X},
    "AppealDecision": {S, L, X},
    "ListDecisionEvents": {S, R, L, A, X},
    "Stream": {R, L, A, X},
    "Review": {R, L},
    "RenewLease": {R, L},
    "ReleaseTask": {R, L},
    "EscalateTask": {R, L},
    "ExtendDeadline": {R, L},
    "SetAvailability": {R, L},
    "GetTask": {R, L, A, X},
    "ListEarlierDecisions": {R, L, A, X},
    "ListTasks": {R, L, A, X},
    "ListSamples": {L, A, X},
    "ListOverrideRates": {L, A, X},
    "ListQueues": {R, L, A, X},
    "ListQueueHistory": {R, L, A, X},
    "ListReviewerActivity": {R, L, A, X},
    "ListPolicies": {S, R, L, A, X},
    "GetSession": {S, R, L, A, X},
    "ListDeliveries": {L, A, X},
    "ResendDelivery": {L, X},
}


def test_every_method_of_the_contract_is_in_the_table_and_nothing_else() -> None:
    assert set(ROLES) == METHODS


@pytest.mark.parametrize("method", sorted(METHODS))
@pytest.mark.parametrize("role", list(Role))
def test_each_role_on_each_method(method: str, role: Role) -> None:
    caller = Principal("somebody", frozenset({role}))
    if role in EXPECTED[method.rpartition("/")[2]]:
        check_role(caller, method)
        return
    with pytest.raises(RoleRequired, match=method):
        check_role(caller, method)


@pytest.mark.parametrize("method", ["/andon.v1.DecisionService/Unknown", "", "/andon.v2.DecisionService/Submit"])
def test_an_unknown_method_is_refused_to_everybody(method: str) -> None:
    with pytest.raises(RoleRequired, match=r"\(none\)"):
        check_role(Principal("root", frozenset(Role)), method)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_somebody_without_roles_may_do_nothing(method: str) -> None:
    with pytest.raises(RoleRequired):
        check_role(Principal("nobody", frozenset()), method)


@pytest.mark.parametrize("role", list(Role))
def test_a_caller_is_told_what_the_table_says(role: Role) -> None:
    told = methods_of(Principal("somebody", frozenset({role})))
    assert {method.rpartition("/")[2] for method in told} == {name for name, roles in EXPECTED.items() if role in roles}
    assert methods_of(Principal("nobody", frozenset())) == ()


def test_one_role_of_several_is_enough() -> None:
    check_role(Principal("both", frozenset({Role.AUDITOR, Role.SUBMITTER})), "/andon.v1.DecisionService/Submit")


def test_who_sees_all_and_who_serves_what() -> None:
    assert [role for role in Role if Principal("p", frozenset({role})).sees_all()] == [L, A, X]
    some = Principal("p", frozenset({R}), queues=frozenset({"a"}))
    everything = Principal("p", frozenset({R}), queues=frozenset({"*"}))
    assert (some.serves("a"), some.serves("b"), some.serves("*")) == (True, False, False)
    assert everything.serves("b")
    assert not Principal("p", frozenset({R})).serves("a")
