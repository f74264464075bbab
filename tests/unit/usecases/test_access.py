"""The table of roles, against the contract."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from andon.domain.errors import ActionNotAllowed, QueueNotAllowed, RoleRequired
from andon.domain.principal import Principal, Role
from andon.rpc.server import SERVICES
from andon.usecases.access import ROLES, UNJUDGED, WHOLE, check_role, methods_of

METHODS = {f"/{service.full_name}/{method.name}" for service in SERVICES for method in service.methods} | {
    "/andon.v1.DecisionService/Submit?validate_only",
    "/andon.v1.PrivacyService/Erase?validate_only",
}
S, R, L, A, P, X = Role.SUBMITTER, Role.REVIEWER, Role.LEAD, Role.AUDITOR, Role.POLICY_OWNER, Role.ADMIN
EXPECTED = {
    "Submit": {S, X},
    "Submit?validate_only": {S, R, L, A, P, X},
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
    "ListOverrideRates": {L, A, P, X},
    "ListQueues": {R, L, A, P, X},
    "ListQueueHistory": {R, L, A, P, X},
    "ListReviewerActivity": {R, L, A, X},
    "ListPolicies": {S, R, L, A, P, X},
    "GetSession": {S, R, L, A, P, X},
    "ListDeliveries": {L, A, X},
    "ResendDelivery": {L, X},
    "GetReceipt": {S, R, L, A, X},
    "Redeem": {S, X},
    "ListLedgerEntries": {A, X},
    "GetInclusionProof": {A, X},
    "GetCheckpoint": {S, R, L, A, P, X},
    "ListSigningKeys": {S, R, L, A, P, X},
    "Erase": {X},
    "Erase?validate_only": {X},
    "CreateLegalHold": {A, X},
    "ReleaseLegalHold": {A, X},
    "ListLegalHolds": {A, X},
}


def test_every_method_of_the_contract_is_in_the_table_and_nothing_else() -> None:
    assert set(ROLES) == METHODS


@pytest.mark.parametrize("method", sorted(METHODS))
@pytest.mark.parametrize("role", list(Role))
def test_each_role_on_each_method(method: str, role: Role) -> None:
    caller = Principal("somebody", frozenset({role}), queues=frozenset({"*"}))
    if role in EXPECTED[method.rpartition("/")[2]]:
        check_role(caller, method)
        return
    with pytest.raises(RoleRequired, match=re.escape(method)):
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
    told = methods_of(Principal("somebody", frozenset({role}), queues=frozenset({"*"})))
    assert {method.rpartition("/")[2] for method in told} == {name for name, roles in EXPECTED.items() if role in roles}
    assert methods_of(Principal("nobody", frozenset())) == ()


def test_one_role_of_several_is_enough() -> None:
    check_role(Principal("both", frozenset({Role.AUDITOR, Role.SUBMITTER})), "/andon.v1.DecisionService/Submit")


@pytest.mark.parametrize("method", sorted(WHOLE))
def test_what_cannot_be_shown_in_part_is_refused_to_who_may_see_a_part(method: str) -> None:
    auditor = Principal("anna", frozenset({Role.AUDITOR, Role.ADMIN}))
    check_role(auditor, method)
    bounded = replace(auditor, actions=frozenset({"refund.*", "loan.grant"}))
    with pytest.raises(ActionNotAllowed):
        check_role(bounded, method)
    assert method not in methods_of(bounded)
    if Role.LEAD in ROLES[method]:
        lead = Principal("lena", frozenset({Role.LEAD}), queues=frozenset({"refunds"}))
        with pytest.raises(QueueNotAllowed):
            check_role(lead, method)
        assert method not in methods_of(lead)


@pytest.mark.parametrize("judging", [Role.REVIEWER, Role.LEAD])
@pytest.mark.parametrize("method", sorted(UNJUDGED))
def test_who_may_come_to_judge_does_not_read_verdicts_in_the_ledger(judging: Role, method: str) -> None:
    """Whatever else they are: a quorum is blind."""
    both = Principal("ben", frozenset({Role.AUDITOR, judging}), frozenset({"*"}), frozenset({"*"}))
    with pytest.raises(RoleRequired, match="admin, auditor, without reviewer and lead"):
        check_role(both, method)
    assert method not in methods_of(both)
    check_role(replace(both, roles=frozenset({Role.AUDITOR, Role.POLICY_OWNER})), method)


def test_who_writes_the_rules_judges_and_submits_nothing() -> None:
    owner = methods_of(Principal("otto", frozenset({Role.POLICY_OWNER})))
    assert {method.rpartition("/")[2] for method in owner} == {
        "Submit?validate_only", "ListOverrideRates", "ListQueues", "ListQueueHistory", "ListPolicies", "GetSession",
        "GetCheckpoint", "ListSigningKeys",
    }  # fmt: skip


def test_an_admin_comes_to_no_verdict() -> None:
    admin = {method.rpartition("/")[2] for method in methods_of(Principal("ada", frozenset({Role.ADMIN})))}
    assert not admin & {"Review", "RenewLease", "ReleaseTask", "EscalateTask", "ExtendDeadline", "SetAvailability"}


def test_who_sees_all_and_who_serves_what() -> None:
    assert [role for role in Role if Principal("p", frozenset({role})).sees_all()] == [A, X]
    of_all = [role for role in Role if Principal("p", frozenset({role}), queues=frozenset({"*"})).sees_all()]
    assert of_all == [L, A, X]
    some = Principal("p", frozenset({R}), queues=frozenset({"a"}))
    everything = Principal("p", frozenset({R}), queues=frozenset({"*"}))
    assert (some.serves("a"), some.serves("b"), some.serves("*")) == (True, False, False)
    assert everything.serves("b")
    assert not Principal("p", frozenset({R})).serves("a")
