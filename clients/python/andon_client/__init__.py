"""The Python client of Andon: hold an AI's decision until policy or a person lets it pass.

`Client` for asyncio, `SyncClient` for threads. See the README of this distribution.
"""

from __future__ import annotations

from andon_client._calls import RetryPolicy
from andon_client._gate import AsyncGate, SyncGate, current_decision
from andon_client._json import NotJson
from andon_client.client import Client
from andon_client.errors import (
    AlreadyRedeemed,
    AndonError,
    Blocked,
    Cancelled,
    Expired,
    FieldFault,
    InvalidRequest,
    LeaseLost,
    NotAllowed,
    NotFound,
    PayloadChanged,
    ReceiptError,
    ReceiptExpired,
    ReceiptInvalid,
    ReceiptMismatch,
    ReceiptRefuses,
    RedeemedBefore,
    Refused,
    Rejected,
    StillPending,
    TaskClosed,
    Unavailable,
    UnknownKey,
    require_passed,
)
from andon_client.feedback import Grouping, Order, OverrideRate, Sample, SamplePage, Verdict
from andon_client.filters import DecisionFilters
from andon_client.insight import Queue, QueuePoint
from andon_client.model import (
    Appeal,
    Attributes,
    Decision,
    DecisionEvent,
    Explanation,
    Model,
    Outcome,
    Reason,
    Redemption,
    Resolution,
    Route,
    Routing,
    RuleResult,
    State,
    TimeoutDefault,
    WaitEstimate,
)
from andon_client.notifications import Delivery, DeliveryState
from andon_client.presentation import FieldFormat, FieldPresentation, Presentation, Shown
from andon_client.privacy import Erasure, LegalHold
from andon_client.proposal import Proposal
from andon_client.receipts import KeySet, Receipt, payload_hash, verify_receipt
from andon_client.review_task import ReviewTask
from andon_client.reviewer import Reviewer, TaskStream
from andon_client.sync import SyncClient
from andon_client.task import EventType, Kind, Lease, Priority, Quorum, Review, SeatRole, Task, TaskEvent, TaskState

__version__ = "0.1.0"

__all__ = [
    "AlreadyRedeemed",
    "AndonError",
    "Appeal",
    "AsyncGate",
    "Attributes",
    "Blocked",
    "Cancelled",
    "Client",
    "Decision",
    "DecisionEvent",
    "DecisionFilters",
    "Delivery",
    "DeliveryState",
    "Erasure",
    "EventType",
    "Expired",
    "Explanation",
    "FieldFault",
    "FieldFormat",
    "FieldPresentation",
    "Grouping",
    "InvalidRequest",
    "KeySet",
    "Kind",
    "Lease",
    "LeaseLost",
    "LegalHold",
    "Model",
    "NotAllowed",
    "NotFound",
    "NotJson",
    "Order",
    "Outcome",
    "OverrideRate",
    "PayloadChanged",
    "Presentation",
    "Priority",
    "Proposal",
    "Queue",
    "QueuePoint",
    "Quorum",
    "Reason",
    "Receipt",
    "ReceiptError",
    "ReceiptExpired",
    "ReceiptInvalid",
    "ReceiptMismatch",
    "ReceiptRefuses",
    "RedeemedBefore",
    "Redemption",
    "Refused",
    "Rejected",
    "Resolution",
    "RetryPolicy",
    "Review",
    "ReviewTask",
    "Reviewer",
    "Route",
    "Routing",
    "RuleResult",
    "Sample",
    "SamplePage",
    "SeatRole",
    "Shown",
    "State",
    "StillPending",
    "SyncClient",
    "SyncGate",
    "Task",
    "TaskClosed",
    "TaskEvent",
    "TaskState",
    "TaskStream",
    "TimeoutDefault",
    "Unavailable",
    "UnknownKey",
    "Verdict",
    "WaitEstimate",
    "current_decision",
    "payload_hash",
    "require_passed",
    "verify_receipt",
]
