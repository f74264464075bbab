"""No RPC leads an unfit reviewer to a verdict: each is known here, and those that could are tried with every ground."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import grpc
import pytest
from google.protobuf import json_format
from google.protobuf.message import Message
from google.rpc import error_details_pb2

from andon_client._gen.andon import v1
from andon_client._gen.andon.v1 import decision_service_pb2, review_service_pb2, task_pb2
from tests.golden.harness import Server, serving
from tests.golden.transport import GrpcTransport, Outgoing

LEADS: Final[Mapping[str, str]] = {
    "ReviewService.Stream": "hands out leases, and hands them out again to who opens it anew",
    "ReviewService.RenewLease": "keeps a lease",
    "ReviewService.Review": "uses a lease",
}
LEADS_NOWHERE: Final[Mapping[str, str]] = {
    "DecisionService.Submit": "makes a task, for others than the caller",
    "DecisionService.BatchSubmit": "as Submit",
    "DecisionService.Wait": "reads",
    "DecisionService.GetDecision": "reads",
    "DecisionService.ListDecisions": "reads",
    "DecisionService.ListDecisionEvents": "reads",
    "DecisionService.CancelDecision": "ends a decision without a verdict",
    "DecisionService.AmendDecision": "as Submit",
    "DecisionService.AppealDecision": "makes a task, for others than the caller and who judged it before",
    "DecisionService.GetReceipt": "reads",
    "DecisionService.Redeem": "uses up an end that there is",
    "ReviewService.ReleaseTask": "gives a lease up",
    "ReviewService.EscalateTask": "gives a lease up",
    "ReviewService.ExtendDeadline": "moves a deadline, and no lease",
    "ReviewService.SetAvailability": "takes a reviewer out, and lets them ask as before",
    "ReviewService.GetTask": "reads; a lease that is seen is the caller's already",
    "ReviewService.ListEarlierDecisions": "reads",
    "ReviewService.ListTasks": "reads; as GetTask",
    "FeedbackService.ListSamples": "reads",
    "FeedbackService.ListOverrideRates": "reads",
    "InsightService.ListQueues": "reads",
    "InsightService.ListQueueHistory": "reads",
    "InsightService.ListReviewerActivity": "reads",
    "NotificationService.ListDeliveries": "reads",
    "NotificationService.ResendDelivery": "tells once more what has happened",
    "PolicyService.ListPolicies": "reads",
    "SessionService.GetSession": "reads",
    "LedgerService.ListLedgerEntries": "reads; what it says of leases names no token",
    "LedgerService.GetCheckpoint": "reads",
    "LedgerService.GetInclusionProof": "reads hashes",
    "LedgerService.ListSigningKeys": "reads",
    "PrivacyService.Erase": "empties what has ended",
    "PrivacyService.CreateLegalHold": "keeps what is recorded",
    "PrivacyService.ReleaseLegalHold": "keeps it no longer",
    "PrivacyService.ListLegalHolds": "reads",
}
POLICY: Final = """\
policy: loans
actions: [loan.*]
queue: loans
attributes: {clerk: string}
defaults: {skills: [credit]}
CONFLICTS
rules:
  - {id: all, when: "true", route: review, reason: All are looked at}
"""
REVIEWER: Final = "roles: [reviewer], queues: [loans], skills: [credit], groups: [berlin]"


def methods() -> set[str]:
    """Every RPC of the contract, as `Service.Method`."""
    modules = [importlib.import_module(f"{v1.__name__}.{found.name}") for found in pkgutil.iter_modules(v1.__path__)]
    files = {module.DESCRIPTOR.name: module.DESCRIPTOR for module in modules if hasattr(module, "DESCRIPTOR")}
    services = [service for file in files.values() for service in file.services_by_name.values()]
    return {f"{service.name}.{method.name}" for service in services for method in service.methods}


def test_of_every_rpc_it_is_known_whether_it_can_lead_to_a_verdict() -> None:
    assert methods() == {*LEADS, *LEADS_NOWHERE}
    assert not LEADS.keys() & LEADS_NOWHERE.keys()


def test_each_that_can_is_tried() -> None:
    assert LEADS.keys() == {f"ReviewService.{name}" for name in DOORS}


@dataclass(frozen=True, slots=True)
class Ground:
    """Why `rita` must not judge: what makes it so, before the decision or after she has leased its task.

    `decision` are fields of it, `rights` what becomes of hers, `conflicts` the policy's section. `leasable` is False
    for what no policy and no rights can undo: then she can never have held the task. `for_nobody`: nobody else is fit
    either. `unknown`: to her the task does not exist.
    """

    reason: str
    conflict: str = ""
    decision: Mapping[str, Any] = field(default_factory=dict)
    submitter: str = "sam"
    rights: str = REVIEWER
    conflicts: str = ""
    leasable: bool = True
    for_nobody: bool = False
    unknown: bool = False


GROUNDS: Final[Mapping[str, Ground]] = {
    "the submitter": Ground(
        "SELF_REVIEW", submitter="rita", rights=REVIEWER.replace("[reviewer]", "[reviewer, submitter]"), leasable=False
    ),
    "whom the submitter acts for": Ground(
        "CONFLICT_OF_INTEREST", "on_behalf_of", {"on_behalf_of": "rita"}, leasable=False
    ),
    "another queue": Ground("QUEUE_NOT_ALLOWED", rights=REVIEWER.replace("loans", "cars")),
    "another action": Ground("ACTION_NOT_ALLOWED", rights=REVIEWER + ", actions: [cars.*, loan.deny]", unknown=True),
    "no skill": Ground("SKILLS_REQUIRED", rights=REVIEWER.replace("credit", "law")),
    "the submitter's group": Ground(
        "CONFLICT_OF_INTEREST", "same_group", conflicts="conflicts: {same_group: true}", submitter="sam-in-berlin"
    ),
    "a group of later": Ground(
        "CONFLICT_OF_INTEREST",
        "same_group",
        rights=REVIEWER.replace("berlin", "berlin, munich"),
        conflicts="conflicts: {same_group: true}",
        submitter="sam-in-munich",
    ),
    "an exclusion": Ground(
        "CONFLICT_OF_INTEREST",
        "about-themselves",
        {"attributes": {"subject": "rita", "extra": {"clerk": "carl"}}},
        conflicts="conflicts: {exclude: [{id: about-themselves, reason: It is theirs, "
        "when: 'reviewer.name == decision.attributes.subject'}]}",
    ),
    "an exclusion by payload": Ground(
        "CONFLICT_OF_INTEREST",
        "worked-on-it",
        {"input": {"agents": ["carl", "rita"]}},
        conflicts="conflicts: {exclude: [{id: worked-on-it, reason: They worked on it, "
        "when: 'decision.input.agents.exists(agent, agent == reviewer.name)'}]}",
    ),
    "an exclusion by groups": Ground(
        "CONFLICT_OF_INTEREST",
        "seniors-only",
        conflicts="conflicts: {exclude: [{id: seniors-only, reason: Only seniors, "
        "when: '!(\"seniors\" in reviewer.groups)'}]}",
    ),
    "an exclusion that fails": Ground(
        "CONFLICT_OF_INTEREST",
        "clerk",
        conflicts="conflicts: {exclude: [{id: clerk, reason: They are the clerk, when: extra.clerk == reviewer.name}]}",
        for_nobody=True,
    ),
}
SUBMITTERS: Final = {
    "sam": "roles: [submitter]",
    "sam-in-berlin": "roles: [submitter], groups: [berlin]",
    "sam-in-munich": "roles: [submitter], groups: [munich]",
}
# Fit for all that the policies above leave to anybody, so that what rita is refused is not lost.
COLLEAGUE: Final = 'roles: [lead], queues: ["*"], skills: ["*"], groups: [seniors]'


class Office:
    """A server with one policy, the reviewer rita and her colleague lena, over gRPC."""

    def __init__(self, server: Server, transport: GrpcTransport, policies: Path) -> None:
        self.server: Final = server
        self.transport: Final = transport
        self._policies = policies

    async def govern(self, conflicts: str) -> None:
        """Puts the policy in force with this section."""
        (self._policies / "loans.yaml").write_text(POLICY.replace("CONFLICTS", conflicts), encoding="utf-8")
        await self.server.app.duties["reload"].step()
        assert not self.server.app.policies.faults

    async def permit(self, rights: str) -> None:
        """Gives rita these rights."""
        await self.server.permit({**SUBMITTERS, "rita": rights, "lena": COLLEAGUE, "mona": COLLEAGUE})

    async def ask(self, by: str, name: str, request: Message) -> tuple[str, Mapping[str, str], bytes]:
        """How a call ends: the reason and the words of the refusal; both empty, with the answer, where it passes."""
        answer = await self.transport.unary(self._outgoing(by, name, request))
        if answer.code == "OK":
            return "", {}, answer.body
        assert answer.status is not None
        info = error_details_pb2.ErrorInfo()
        assert answer.status.details[0].Unpack(info)
        return info.reason, info.metadata, b""

    async def submit(self, ground: Ground) -> None:
        """A decision as the ground wants it."""
        decision = {"action": "loan.grant", "confidence": 0.5, **ground.decision}
        request = json_format.ParseDict({"decision": decision}, decision_service_pb2.SubmitRequest())
        reason, _, _ = await self.ask(ground.submitter, "Submit", request)
        assert not reason

    async def handed_out(self, by: str) -> task_pb2.Task | None:
        """The task that a new stream leases before it first has nothing to tell; None where there is none."""
        flow = self.transport.stream(self._outgoing(by, "Stream", review_service_pb2.StreamRequest()))
        try:
            while body := await flow.read():
                event = review_service_pb2.StreamResponse.FromString(body)
                if event.type == review_service_pb2.STREAM_EVENT_TYPE_LEASED:
                    return event.task
                if event.type == review_service_pb2.STREAM_EVENT_TYPE_HEARTBEAT:
                    return None
            raise AssertionError("the stream has ended")
        finally:
            await self.server.without_stream(flow.cancel)

    async def judge(self, by: str, task: task_pb2.Task) -> tuple[str, Mapping[str, str]]:
        """A verdict with the task's token."""
        request = review_service_pb2.ReviewRequest(
            name=task.name,
            lease_token=task.lease.token,
            payload_hash=task.decision.payload_hash,
            verdict=task_pb2.VERDICT_APPROVE,
        )
        reason, words, _ = await self.ask(by, "Review", request)
        return reason, words

    async def renew(self, by: str, task: task_pb2.Task) -> tuple[str, Mapping[str, str]]:
        """A renewal with the task's token."""
        request = review_service_pb2.RenewLeaseRequest(name=task.name, lease_token=task.lease.token)
        reason, words, _ = await self.ask(by, "RenewLease", request)
        return reason, words

    def _outgoing(self, by: str, name: str, request: Message) -> Outgoing:
        service = "DecisionService" if name in ("Submit", "AppealDecision") else "ReviewService"
        return Outgoing(f"/andon.v1.{service}/{name}", request.SerializeToString(), self.server.credentials(by))


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(tmp_path) as office:
        yield office


@asynccontextmanager
async def opened(tmp_path: Path) -> AsyncIterator[Office]:
    """An office with its policies in a folder of the test's own."""
    policies = tmp_path / "policies"
    policies.mkdir()
    settings = {"policies": policies, "heartbeat_interval": "100ms"}
    (policies / "loans.yaml").write_text(POLICY.replace("CONFLICTS", ""), encoding="utf-8")
    async with (
        serving(tmp_path, settings) as server,
        grpc.aio.insecure_channel(f"127.0.0.1:{server.app.port}") as channel,
    ):
        yield Office(server, GrpcTransport(channel), policies)


async def _streams(office: Office, ground: Ground, task: task_pb2.Task) -> None:
    assert await office.handed_out("rita") is None


async def _renews(office: Office, ground: Ground, task: task_pb2.Task) -> None:
    _check(ground, task, *await office.renew("rita", task))


async def _reviews(office: Office, ground: Ground, task: task_pb2.Task) -> None:
    _check(ground, task, *await office.judge("rita", task))


def _check(ground: Ground, task: task_pb2.Task, reason: str, words: Mapping[str, str]) -> None:
    assert reason == ground.reason
    assert words.get("conflict", "") == ground.conflict
    assert words.get("name", task.name) == task.name


DOORS: Final[Mapping[str, Callable[[Office, Ground, task_pb2.Task], Awaitable[None]]]] = {
    "Stream": _streams,
    "RenewLease": _renews,
    "Review": _reviews,
}


@pytest.mark.parametrize("ground", GROUNDS)
async def test_who_is_not_fit_is_handed_nothing_and_a_colleague_is(office: Office, ground: str) -> None:
    why = GROUNDS[ground]
    await office.govern(why.conflicts)
    await office.permit(why.rights)
    await office.submit(why)
    before = await office.server.state()
    assert await office.handed_out("rita") is None
    assert await office.server.state() == before
    if why.for_nobody:
        assert await office.handed_out("lena") is None
        return
    task = await office.handed_out("lena")
    assert task is not None
    before = await office.server.state()
    lost = "TASK_NOT_FOUND" if why.unknown else "LEASE_LOST"
    assert (await office.renew("rita", task))[0] == lost
    assert (await office.judge("rita", task))[0] == (lost if why.leasable else why.reason)
    assert await office.server.state() == before
    assert await office.judge("lena", task) == ("", {})


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("ground", [name for name, ground in GROUNDS.items() if ground.leasable])
async def test_who_is_not_fit_any_more_gets_no_further_with_a_lease(office: Office, ground: str, door: str) -> None:
    why = GROUNDS[ground]
    await office.permit(REVIEWER)
    await office.submit(why)
    task = await office.handed_out("rita")
    assert task is not None
    assert await office.renew("rita", task) == ("", {})
    await office.govern(why.conflicts)
    await office.permit(why.rights)
    before = await office.server.state()
    await DOORS[door](office, why, task)
    assert await office.server.state() == before
    await office.server.advance("61s")
    assert await office.handed_out("rita") is None
    if not why.for_nobody:
        again = await office.handed_out("lena")
        assert again is not None
        assert again.name == task.name


async def test_who_is_fit_again_judges_with_the_lease_that_stayed(office: Office) -> None:
    why = GROUNDS["an exclusion by groups"]
    await office.permit(REVIEWER)
    await office.submit(why)
    task = await office.handed_out("rita")
    assert task is not None
    await office.govern(why.conflicts)
    assert (await office.judge("rita", task))[0] == "CONFLICT_OF_INTEREST"
    await office.permit(REVIEWER.replace("berlin", "seniors"))
    assert await office.judge("rita", task) == ("", {})


async def test_the_reviewer_is_told_why(office: Office) -> None:
    for name, words in {
        "an exclusion": "It is theirs",
        "the submitter's group": "the caller and the submitter are in one group",
        "an exclusion that fails": "They are the clerk (its condition could not be evaluated: extra.clerk is absent)",
    }.items():
        why = GROUNDS[name]
        await office.govern("")
        await office.permit(REVIEWER)
        await office.submit(why)
        task = await office.handed_out("rita")
        assert task is not None
        await office.govern(why.conflicts)
        assert (await office.judge("rita", task))[1]["reason"] == words
        await office.govern("")
        assert await office.judge("rita", task) == ("", {})


async def test_who_judged_it_or_appealed_is_handed_no_appeal(office: Office) -> None:
    await office.govern("appeals: {levels: 2}")
    await office.permit(REVIEWER.replace("[reviewer]", "[reviewer, lead]"))
    await office.submit(Ground(""))
    first = await office.handed_out("rita")
    assert first is not None
    assert await office.judge("rita", first) == ("", {})
    contest = decision_service_pb2.AppealDecisionRequest(name=first.decision.name, comment="look again")
    assert (await office.ask("sam", "AppealDecision", contest))[0] == ""
    assert await office.handed_out("rita") is None
    second = await office.handed_out("lena")
    assert second is not None
    assert (second.level, second.decision.name) == (1, first.decision.name)
    assert await office.judge("lena", second) == ("", {})
    assert (await office.ask("mona", "AppealDecision", contest))[0] == ""
    for name in ("rita", "lena", "mona"):
        assert await office.handed_out(name) is None
