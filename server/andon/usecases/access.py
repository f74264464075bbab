"""Who may call what. This table is the whole of it; a method that is not in it is refused to everybody."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from andon.domain.errors import RoleRequired
from andon.domain.principal import Principal, Role

TRIAL: Final = "?validate_only"
"""What ends the name of a method that stores nothing: a row of its own, for those who may only try."""
_SUBMIT: Final = frozenset({Role.SUBMITTER, Role.ADMIN})
_APPEAL: Final = frozenset({Role.SUBMITTER, Role.LEAD, Role.ADMIN})
_READ: Final = frozenset(Role)
_REVIEW: Final = frozenset({Role.REVIEWER, Role.LEAD})
_WATCH: Final = frozenset({Role.REVIEWER, Role.LEAD, Role.AUDITOR, Role.ADMIN})
_OPERATE: Final = frozenset({Role.LEAD, Role.ADMIN})
_LEARN: Final = frozenset({Role.LEAD, Role.AUDITOR, Role.ADMIN})

ROLES: Final[Mapping[str, frozenset[Role]]] = MappingProxyType(
    {
        "/andon.v1.DecisionService/Submit": _SUBMIT,
        f"/andon.v1.DecisionService/Submit{TRIAL}": _READ,
        "/andon.v1.DecisionService/BatchSubmit": _SUBMIT,
        "/andon.v1.DecisionService/Wait": _READ,
        "/andon.v1.DecisionService/GetDecision": _READ,
        "/andon.v1.DecisionService/ListDecisions": _READ,
        "/andon.v1.DecisionService/ListDecisionEvents": _READ,
        "/andon.v1.DecisionService/CancelDecision": _SUBMIT,
        "/andon.v1.DecisionService/AmendDecision": _SUBMIT,
        "/andon.v1.DecisionService/AppealDecision": _APPEAL,
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
        "/andon.v1.FeedbackService/ListOverrideRates": _LEARN,
        "/andon.v1.InsightService/ListQueues": _WATCH,
        "/andon.v1.InsightService/ListQueueHistory": _WATCH,
        "/andon.v1.InsightService/ListReviewerActivity": _WATCH,
        "/andon.v1.PolicyService/ListPolicies": _READ,
        "/andon.v1.SessionService/GetSession": _READ,
        "/andon.v1.NotificationService/ListDeliveries": _LEARN,
        "/andon.v1.NotificationService/ResendDelivery": _OPERATE,
    }
)


def methods_of(principal: Principal) -> tuple[str, ...]:
    """What the caller may call, in the table's order."""
    return tuple(method for method, allowed in ROLES.items() if principal.roles & allowed)


def check_role(principal: Principal, method: str) -> None:
    """Raises RoleRequired where the caller has none of the roles the method needs."""
    allowed = ROLES.get(method, frozenset())
    if not principal.roles & allowed:
        raise RoleRequired(method=method, roles=", ".join(sorted(allowed)) or "(none)")
