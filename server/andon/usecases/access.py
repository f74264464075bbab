"""Who may call what. This table is the whole of it; a method that is not in it is refused to everybody."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from andon.domain.errors import ActionNotAllowed, AndonError, QueueNotAllowed, RoleRequired
from andon.domain.principal import Principal, Role

TRIAL: Final = "?validate_only"
"""What ends the name of a method that stores nothing: a row of its own, for those who may only try."""
_KNOW: Final = frozenset(Role)
"""What tells of no decision and of nobody's work."""
_SUBMIT: Final = frozenset({Role.SUBMITTER, Role.ADMIN})
_APPEAL: Final = frozenset({Role.SUBMITTER, Role.LEAD, Role.ADMIN})
_READ: Final = frozenset(Role) - {Role.POLICY_OWNER}
"""Decisions, each the callers' to see. Who writes the rules sees what they lead to in figures, not in records."""
_REVIEW: Final = frozenset({Role.REVIEWER, Role.LEAD})
"""Verdicts and what leads to one. An admin, who can give out any right, has none of this."""
_WATCH: Final = frozenset({Role.REVIEWER, Role.LEAD, Role.AUDITOR, Role.ADMIN})
_MEASURE: Final = _WATCH | {Role.POLICY_OWNER}
_OPERATE: Final = frozenset({Role.LEAD, Role.ADMIN})
_LEARN: Final = frozenset({Role.LEAD, Role.AUDITOR, Role.ADMIN})
_RATE: Final = _LEARN | {Role.POLICY_OWNER}
_PROVE: Final = frozenset({Role.AUDITOR, Role.ADMIN})
_ADMINISTER: Final = frozenset({Role.ADMIN})

ROLES: Final[Mapping[str, frozenset[Role]]] = MappingProxyType(
    {
        "/andon.v1.DecisionService/Submit": _SUBMIT,
        f"/andon.v1.DecisionService/Submit{TRIAL}": _KNOW,
        "/andon.v1.DecisionService/BatchSubmit": _SUBMIT,
        "/andon.v1.DecisionService/Wait": _READ,
        "/andon.v1.DecisionService/GetDecision": _READ,
        "/andon.v1.DecisionService/ListDecisions": _READ,
        "/andon.v1.DecisionService/ListDecisionEvents": _READ,
        "/andon.v1.DecisionService/CancelDecision": _SUBMIT,
        "/andon.v1.DecisionService/AmendDecision": _SUBMIT,
        "/andon.v1.DecisionService/AppealDecision": _APPEAL,
        "/andon.v1.DecisionService/GetReceipt": _READ,
        "/andon.v1.DecisionService/Redeem": _SUBMIT,
        "/andon.v1.ReviewService/Stream": _WATCH,
        "/andon.v1.ReviewService/Review": _REVIEW,
        "/andon.v1.ReviewService/RenewLease": _REVIEW,
        "/andon.v1.ReviewService/ReleaseTask": _REVIEW,
        "/andon.v1.ReviewService/EscalateTask": _REVIEW,
        "/andon.v1.ReviewService/ExtendDeadline": _REVIEW,
        "/andon.v1.ReviewService/SetAvailability": _REVIEW,
        "/andon.v1.ReviewService/GetTask": _WATCH,
        "/andon.v1.ReviewService/ListEarlierDecisions": _WATCH,
        "/andon.v1.ReviewService/ListTasks": _WATCH,
        "/andon.v1.FeedbackService/ListSamples": _LEARN,
        "/andon.v1.FeedbackService/ListOverrideRates": _RATE,
        "/andon.v1.InsightService/ListQueues": _MEASURE,
        "/andon.v1.InsightService/ListQueueHistory": _MEASURE,
        "/andon.v1.InsightService/ListReviewerActivity": _WATCH,
        "/andon.v1.PolicyService/ListPolicies": _KNOW,
        "/andon.v1.SessionService/GetSession": _KNOW,
        "/andon.v1.NotificationService/ListDeliveries": _LEARN,
        "/andon.v1.NotificationService/ResendDelivery": _OPERATE,
        "/andon.v1.LedgerService/ListLedgerEntries": _PROVE,
        "/andon.v1.LedgerService/GetCheckpoint": _KNOW,
        "/andon.v1.LedgerService/GetInclusionProof": _PROVE,
        "/andon.v1.LedgerService/ListSigningKeys": _KNOW,
        "/andon.v1.PrivacyService/Erase": _ADMINISTER,
        f"/andon.v1.PrivacyService/Erase{TRIAL}": _ADMINISTER,
        "/andon.v1.PrivacyService/CreateLegalHold": _PROVE,
        "/andon.v1.PrivacyService/ReleaseLegalHold": _PROVE,
        "/andon.v1.PrivacyService/ListLegalHolds": _PROVE,
    }
)


WHOLE: Final = frozenset(
    {
        "/andon.v1.NotificationService/ListDeliveries",
        "/andon.v1.NotificationService/ResendDelivery",
        "/andon.v1.LedgerService/ListLedgerEntries",
        "/andon.v1.LedgerService/GetInclusionProof",
        "/andon.v1.PrivacyService/Erase",
        f"/andon.v1.PrivacyService/Erase{TRIAL}",
        "/andon.v1.PrivacyService/CreateLegalHold",
        "/andon.v1.PrivacyService/ReleaseLegalHold",
        "/andon.v1.PrivacyService/ListLegalHolds",
    }
)
"""What can't be shown in part: a chain with holes proves nothing, and deliveries are the whole server's.

Nobody may call it whose credentials are bounded to some actions, nor a lead of some queues.
"""


UNJUDGED: Final = frozenset({"/andon.v1.LedgerService/ListLedgerEntries", "/andon.v1.LedgerService/GetInclusionProof"})
"""What tells of verdicts that a quorum keeps apart: not for those who may come to judge, whatever else they are.

An entry's hash tells of one to whoever tries out what it may be of.
"""


def methods_of(principal: Principal) -> tuple[str, ...]:
    """What the caller may call, in the table's order."""
    return tuple(method for method in ROLES if _refusal(principal, method) is None)


def check_role(principal: Principal, method: str) -> None:
    """Raises RoleRequired where the caller has none of the roles the method needs.

    Raises ActionNotAllowed, QueueNotAllowed where it shows what can't be shown in part, and the caller may see a part.
    """
    if refusal := _refusal(principal, method):
        raise refusal


def _refusal(principal: Principal, method: str) -> AndonError | None:
    allowed = ROLES.get(method, frozenset())
    if principal.roles.isdisjoint(allowed):
        return RoleRequired(method=method, roles=", ".join(sorted(allowed)) or "(none)")
    if method in UNJUDGED and principal.roles & _REVIEW:
        return RoleRequired(method=method, roles=f"{', '.join(sorted(allowed))}, without reviewer and lead")
    if method not in WHOLE:
        return None
    if principal.covered() is not None:
        return ActionNotAllowed(action="*")
    return None if principal.sees_all() else QueueNotAllowed(queue="*")
