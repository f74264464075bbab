"""The contract's methods as typed values, so that one call path serves them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from google.protobuf.message import Message

from andon_client._gen.andon.v1 import decision_service_pb2 as decisions
from andon_client._gen.andon.v1 import feedback_service_pb2 as feedback
from andon_client._gen.andon.v1 import insight_service_pb2 as insight
from andon_client._gen.andon.v1 import ledger_service_pb2 as ledger
from andon_client._gen.andon.v1 import notification_service_pb2 as notifications
from andon_client._gen.andon.v1 import policy_service_pb2 as policies
from andon_client._gen.andon.v1 import privacy_service_pb2 as privacy
from andon_client._gen.andon.v1 import review_service_pb2 as reviews
from andon_client._gen.andon.v1 import session_service_pb2 as sessions

Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response", bound=Message)


@dataclass(frozen=True, slots=True)
class Method(Generic[Request, Response]):
    """One RPC: its full path and the type of its answer."""

    path: str
    response: type[Response]


def _decisions(name: str, request: type[Request], response: type[Response]) -> Method[Request, Response]:
    return Method(f"/andon.v1.DecisionService/{name}", response)


def _reviews(name: str, request: type[Request], response: type[Response]) -> Method[Request, Response]:
    return Method(f"/andon.v1.ReviewService/{name}", response)


def _sessions(name: str, request: type[Request], response: type[Response]) -> Method[Request, Response]:
    return Method(f"/andon.v1.SessionService/{name}", response)


def _feedback(name: str, request: type[Request], response: type[Response]) -> Method[Request, Response]:
    return Method(f"/andon.v1.FeedbackService/{name}", response)


def _insight(name: str, request: type[Request], response: type[Response]) -> Method[Request, Response]:
    return Method(f"/andon.v1.InsightService/{name}", response)


def _ledger(name: str, request: type[Request], response: type[Response]) -> Method[Request, Response]:
    return Method(f"/andon.v1.LedgerService/{name}", response)


def _policies(name: str, request: type[Request], response: type[Response]) -> Method[Request, Response]:
    return Method(f"/andon.v1.PolicyService/{name}", response)


def _notifications(name: str, request: type[Request], response: type[Response]) -> Method[Request, Response]:
    return Method(f"/andon.v1.NotificationService/{name}", response)


def _privacy(name: str, request: type[Request], response: type[Response]) -> Method[Request, Response]:
    return Method(f"/andon.v1.PrivacyService/{name}", response)


SUBMIT: Final = _decisions("Submit", decisions.SubmitRequest, decisions.SubmitResponse)
BATCH_SUBMIT: Final = _decisions("BatchSubmit", decisions.BatchSubmitRequest, decisions.BatchSubmitResponse)
WAIT: Final = _decisions("Wait", decisions.WaitRequest, decisions.WaitResponse)
GET_DECISION: Final = _decisions("GetDecision", decisions.GetDecisionRequest, decisions.GetDecisionResponse)
LIST_DECISIONS: Final = _decisions("ListDecisions", decisions.ListDecisionsRequest, decisions.ListDecisionsResponse)
CANCEL_DECISION: Final = _decisions("CancelDecision", decisions.CancelDecisionRequest, decisions.CancelDecisionResponse)
AMEND_DECISION: Final = _decisions("AmendDecision", decisions.AmendDecisionRequest, decisions.AmendDecisionResponse)
APPEAL_DECISION: Final = _decisions("AppealDecision", decisions.AppealDecisionRequest, decisions.AppealDecisionResponse)
GET_RECEIPT: Final = _decisions("GetReceipt", decisions.GetReceiptRequest, decisions.GetReceiptResponse)
REDEEM: Final = _decisions("Redeem", decisions.RedeemRequest, decisions.RedeemResponse)
LIST_DECISION_EVENTS: Final = _decisions(
    "ListDecisionEvents", decisions.ListDecisionEventsRequest, decisions.ListDecisionEventsResponse
)

STREAM: Final = _reviews("Stream", reviews.StreamRequest, reviews.StreamResponse)
REVIEW: Final = _reviews("Review", reviews.ReviewRequest, reviews.ReviewResponse)
RENEW_LEASE: Final = _reviews("RenewLease", reviews.RenewLeaseRequest, reviews.RenewLeaseResponse)
RELEASE_TASK: Final = _reviews("ReleaseTask", reviews.ReleaseTaskRequest, reviews.ReleaseTaskResponse)
ESCALATE_TASK: Final = _reviews("EscalateTask", reviews.EscalateTaskRequest, reviews.EscalateTaskResponse)
EXTEND_DEADLINE: Final = _reviews("ExtendDeadline", reviews.ExtendDeadlineRequest, reviews.ExtendDeadlineResponse)
SET_AVAILABILITY: Final = _reviews("SetAvailability", reviews.SetAvailabilityRequest, reviews.SetAvailabilityResponse)
GET_TASK: Final = _reviews("GetTask", reviews.GetTaskRequest, reviews.GetTaskResponse)
LIST_EARLIER_DECISIONS: Final = _reviews(
    "ListEarlierDecisions", reviews.ListEarlierDecisionsRequest, reviews.ListEarlierDecisionsResponse
)
LIST_TASKS: Final = _reviews("ListTasks", reviews.ListTasksRequest, reviews.ListTasksResponse)

LIST_SAMPLES: Final = _feedback("ListSamples", feedback.ListSamplesRequest, feedback.ListSamplesResponse)
LIST_OVERRIDE_RATES: Final = _feedback(
    "ListOverrideRates", feedback.ListOverrideRatesRequest, feedback.ListOverrideRatesResponse
)

LIST_QUEUES: Final = _insight("ListQueues", insight.ListQueuesRequest, insight.ListQueuesResponse)
LIST_QUEUE_HISTORY: Final = _insight(
    "ListQueueHistory", insight.ListQueueHistoryRequest, insight.ListQueueHistoryResponse
)

LIST_DELIVERIES: Final = _notifications(
    "ListDeliveries", notifications.ListDeliveriesRequest, notifications.ListDeliveriesResponse
)
RESEND_DELIVERY: Final = _notifications(
    "ResendDelivery", notifications.ResendDeliveryRequest, notifications.ResendDeliveryResponse
)

LIST_LEDGER_ENTRIES: Final = _ledger(
    "ListLedgerEntries", ledger.ListLedgerEntriesRequest, ledger.ListLedgerEntriesResponse
)
GET_CHECKPOINT: Final = _ledger("GetCheckpoint", ledger.GetCheckpointRequest, ledger.GetCheckpointResponse)
GET_INCLUSION_PROOF: Final = _ledger(
    "GetInclusionProof", ledger.GetInclusionProofRequest, ledger.GetInclusionProofResponse
)
LIST_SIGNING_KEYS: Final = _ledger("ListSigningKeys", ledger.ListSigningKeysRequest, ledger.ListSigningKeysResponse)

ERASE: Final = _privacy("Erase", privacy.EraseRequest, privacy.EraseResponse)
CREATE_LEGAL_HOLD: Final = _privacy("CreateLegalHold", privacy.CreateLegalHoldRequest, privacy.CreateLegalHoldResponse)
RELEASE_LEGAL_HOLD: Final = _privacy(
    "ReleaseLegalHold", privacy.ReleaseLegalHoldRequest, privacy.ReleaseLegalHoldResponse
)
LIST_LEGAL_HOLDS: Final = _privacy("ListLegalHolds", privacy.ListLegalHoldsRequest, privacy.ListLegalHoldsResponse)

LIST_POLICIES: Final = _policies("ListPolicies", policies.ListPoliciesRequest, policies.ListPoliciesResponse)

GET_SESSION: Final = _sessions("GetSession", sessions.GetSessionRequest, sessions.GetSessionResponse)
