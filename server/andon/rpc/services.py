"""Every RPC of the contract, on one server's use cases."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from andon.keys.checking import verifier_keys
from andon.policy.watch import PolicyFolder
from andon.rpc.convert import LeaseWriter, ProposalReader
from andon.rpc.decisions import DecisionEndpoints
from andon.rpc.feedback import FeedbackEndpoints
from andon.rpc.insight import InsightEndpoints
from andon.rpc.ledger import LedgerEndpoints
from andon.rpc.notifications import NotificationEndpoints
from andon.rpc.pipeline import Endpoint
from andon.rpc.policies import PolicyEndpoints
from andon.rpc.privacy import PrivacyEndpoints
from andon.rpc.reviews import ReviewEndpoints
from andon.rpc.server import SERVICES, endpoints
from andon.rpc.session import SessionEndpoints
from andon.usecases.amend import Amend
from andon.usecases.appeals import Appeals
from andon.usecases.availability import Availability
from andon.usecases.context import Context
from andon.usecases.decisions import Decisions
from andon.usecases.deliveries import Deliveries
from andon.usecases.feedback import Feedback
from andon.usecases.insight import Insight
from andon.usecases.ledger import Ledger
from andon.usecases.policies import Policies
from andon.usecases.privacy import Privacy
from andon.usecases.receipts import Receipts
from andon.usecases.redeem import Redeem
from andon.usecases.review import GiveVerdict
from andon.usecases.stream import Stream
from andon.usecases.submit import Submit
from andon.usecases.tasks import Tasks
from andon.usecases.wait import Wait


def every_endpoint(
    context: Context, reader: ProposalReader, policies: PolicyFolder, refused: Callable[[str, str], None]
) -> Sequence[Endpoint]:
    """The endpoints of all services. `refused` is told the method and the reason of each refusal within a batch."""
    store, clock = context.store, context.clock
    implementations = (
        _decisions(context, reader, refused),
        _reviews(context, reader),
        FeedbackEndpoints(Feedback(store, clock, context.reads), context.masks),
        InsightEndpoints(Insight(context)),
        PolicyEndpoints(Policies(policies)),
        SessionEndpoints(context.limits, Availability(context)),
        NotificationEndpoints(Deliveries(store, clock)),
        LedgerEndpoints(Ledger(context), context.signer.jwks, lambda: verifier_keys(context.signer, context.origin)),
        PrivacyEndpoints(Privacy(context)),
    )
    pairs = zip(SERVICES, implementations, strict=True)
    return [endpoint for service, implementation in pairs for endpoint in endpoints(service, implementation)]


def _decisions(context: Context, reader: ProposalReader, refused: Callable[[str, str], None]) -> DecisionEndpoints:
    submit, estimate = Submit(context), context.estimates.of
    amend, appeals = Amend(context, submit), Appeals(context)
    wait, decisions = Wait(context), Decisions(context)
    receipts, redeem = Receipts(context), Redeem(context)
    return DecisionEndpoints(
        submit,
        wait,
        decisions,
        reader,
        estimate,
        refused,
        context.turns,
        amend,
        appeals,
        receipts,
        redeem,
        context.masks,
    )


def _reviews(context: Context, reader: ProposalReader) -> ReviewEndpoints:
    leases, estimate = LeaseWriter(context.limits.lease_duration), context.estimates.of
    stream, verdicts, tasks = Stream(context), GiveVerdict(context), Tasks(context)
    return ReviewEndpoints(stream, verdicts, tasks, reader, leases, estimate, Availability(context), context.masks)
