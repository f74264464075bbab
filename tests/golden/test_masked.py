"""What a policy keeps from a role comes out by no RPC, over no transport, in no log and no figure."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import structlog
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor

from andon.telemetry.logs import configure
from andon.usecases.access import ROLES
from tests.golden.loans import CANARY, CORRECTION, LEFT, LOAN, MASK, NAME, Desk, desks, hand
from tests.golden.test_roles import rpcs
from tests.golden.test_transports import TRANSPORTS
from tests.golden.transport import Answer

CALLERS: Final = ("submitter", "reviewer", "lead", "auditor", "admin")
SHOWN: Final = frozenset({"submitter", "lead"})
CARRIERS: Final = frozenset(f"andon.v1.{name}" for name in ("Decision", "Task", "Sample", "Review", "DecisionEvent"))
FULL: Final = {"view": "DECISION_VIEW_FULL"}


async def submit(desk: Desk, caller: str) -> list[Any]:
    decision = await desk.submitted(caller)
    trial = await desk.call(caller, "DecisionService/Submit", decision=LOAN, validate_only=True)
    return [await desk.call(caller, "DecisionService/GetDecision", name=decision.name, **FULL), trial]


async def batch(desk: Desk, caller: str) -> list[Any]:
    answer = await desk.call(caller, "DecisionService/BatchSubmit", requests=[{"decision": LOAN}])
    name = desk.opened(answer.results[0].decision.name)
    return [await desk.call(caller, "DecisionService/GetDecision", name=name, **FULL)]


async def wait(desk: Desk, caller: str) -> list[Any]:
    decision = await desk.contested()
    return [await desk.call(caller, "DecisionService/Wait", name=decision.name, wait="1s", level=1)]


async def get(desk: Desk, caller: str) -> list[Any]:
    decision = await desk.contested()
    return [
        await desk.call(caller, "DecisionService/GetDecision", name=decision.name, view=view)
        for view in ("DECISION_VIEW_BASIC", "DECISION_VIEW_FULL")
    ]


async def find(desk: Desk, caller: str) -> list[Any]:
    await desk.contested()
    wanted: dict[str, Any] = {"filter": {"action": "loan.*"}, "page_size": 1}
    method = "DecisionService/ListDecisions"
    return [await desk.call(caller, method, **wanted), await desk.call(caller, method, **wanted, **FULL)]


async def events(desk: Desk, caller: str) -> list[Any]:
    decision = await desk.contested()
    return [await desk.call(caller, "DecisionService/ListDecisionEvents", name=decision.name)]


async def cancel(desk: Desk, caller: str) -> list[Any]:
    decision = await desk.submitted()
    return [await desk.call(caller, "DecisionService/CancelDecision", name=decision.name)]


async def amend(desk: Desk, caller: str) -> list[Any]:
    decision = await desk.submitted(caller)
    request = {"name": decision.name, "payload_hash": decision.payload_hash}
    return [await desk.call(caller, "DecisionService/AmendDecision", decision={**LOAN, "confidence": 0.6}, **request)]


async def appeal(desk: Desk, caller: str) -> list[Any]:
    decision = await desk.contested()
    told = await desk.call(caller, "DecisionService/AppealDecision", name=decision.name, comment="Once more")
    await desk.judged("reviewer3", LEFT)
    return [told]


async def samples(desk: Desk, caller: str) -> list[Any]:
    await desk.contested()
    return [await desk.call(caller, "FeedbackService/ListSamples", action="loan.*")]


async def stream(desk: Desk, caller: str) -> list[Any]:
    await desk.submitted()
    watch = {"mode": "STREAM_MODE_WATCH", "queues": ["loans"]}
    told = [await desk.event(caller, "STREAM_EVENT_TYPE_CHANGED", **watch, **more) for more in (FULL, {})]
    return [*told, await desk.leased(caller)] if caller in ("reviewer", "lead") else told


async def review(desk: Desk, caller: str) -> list[Any]:
    await desk.submitted()
    return [await desk.judged(caller, LEFT if caller == "reviewer" else CORRECTION)]


async def release(desk: Desk, caller: str) -> list[Any]:
    await desk.submitted()
    return [await desk.call(caller, "ReviewService/ReleaseTask", **hand(await desk.leased(caller)))]


async def escalate(desk: Desk, caller: str) -> list[Any]:
    await desk.submitted()
    return [await desk.call(caller, "ReviewService/EscalateTask", **hand(await desk.leased(caller)))]


async def extend(desk: Desk, caller: str) -> list[Any]:
    await desk.submitted()
    return [await desk.call(caller, "ReviewService/ExtendDeadline", **hand(await desk.leased(caller)))]


async def task(desk: Desk, caller: str) -> list[Any]:
    decision = await desk.submitted()
    return [await desk.call(caller, "ReviewService/GetTask", name=decision.task)]


async def tasks(desk: Desk, caller: str) -> list[Any]:
    await desk.submitted()
    return [await desk.call(caller, "ReviewService/ListTasks", **more) for more in ({}, FULL)]


async def earlier(desk: Desk, caller: str) -> list[Any]:
    await desk.contested()
    decision = await desk.submitted()
    return [await desk.call(caller, "ReviewService/ListEarlierDecisions", name=decision.task, page_size=1)]


Scene = Callable[[Desk, str], Awaitable[list[Any]]]
SCENES: Final[Mapping[str, Scene]] = {
    "DecisionService/Submit": submit,
    "DecisionService/BatchSubmit": batch,
    "DecisionService/Wait": wait,
    "DecisionService/GetDecision": get,
    "DecisionService/ListDecisions": find,
    "DecisionService/ListDecisionEvents": events,
    "DecisionService/CancelDecision": cancel,
    "DecisionService/AmendDecision": amend,
    "DecisionService/AppealDecision": appeal,
    "FeedbackService/ListSamples": samples,
    "ReviewService/Stream": stream,
    "ReviewService/Review": review,
    "ReviewService/ReleaseTask": release,
    "ReviewService/EscalateTask": escalate,
    "ReviewService/ExtendDeadline": extend,
    "ReviewService/GetTask": task,
    "ReviewService/ListTasks": tasks,
    "ReviewService/ListEarlierDecisions": earlier,
}
OWN: Final = frozenset({"DecisionService/Submit", "DecisionService/BatchSubmit", "DecisionService/AmendDecision"})
"""Who calls these is who submitted it."""
BARE: Final = frozenset(f"ReviewService/{name}" for name in ("ReleaseTask", "EscalateTask", "ExtendDeadline"))
"""They answer with a task without its decision."""
UNSHOWN: Final = frozenset({"ReviewService/ListEarlierDecisions"})
"""What finds nothing by a subject that is kept."""


def carries(message: Descriptor, known: set[str] | None = None) -> bool:
    """Whether there may be something of a decision in a message."""
    known = set() if known is None else known
    if message.full_name in CARRIERS:
        return True
    known.add(message.full_name)
    below = (field.message_type for field in message.fields if field.message_type is not None)
    return any(carries(each, known) for each in below if each.full_name not in known)


def test_every_rpc_that_tells_of_decisions_is_tried() -> None:
    telling = {f"{rpc.containing_service.name}/{rpc.name}" for rpc in rpcs() if carries(rpc.output_type)}
    assert set(SCENES) == telling


def callers(method: str) -> list[str]:
    """Who may call it."""
    allowed = {role.value for role in ROLES[f"/andon.v1.{method}"]}
    return [caller for caller in CALLERS if caller in allowed]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that the server writes."""
    root = logging.getLogger()
    before, out = list(root.handlers), io.StringIO()
    configure("json", "debug", out)
    yield out
    structlog.reset_defaults()
    root.handlers[:] = before


@pytest.mark.parametrize("name", TRANSPORTS)
async def test_what_is_kept_is_told_by_no_rpc_no_log_and_no_figure(name: str, tmp_path: Path, log: io.StringIO) -> None:
    async with desks(tmp_path, name) as desk:
        for method, scene in SCENES.items():
            for caller in callers(method):
                told = [message.SerializeToString() for message in await scene(desk, caller)]
                await check(desk, method, caller, told)
                await desk.clear()
        await refused(desk)
        async with httpx.AsyncClient(trust_env=False) as http:
            figures = (await http.get(f"http://127.0.0.1:{desk.server.app.http_port}/metrics")).text
    for text, known in ((figures, "andon_build_info"), (log.getvalue(), "CORRECTION_INVALID")):
        assert known in text
        assert CANARY not in text
        assert NAME not in text


async def refused(desk: Desk) -> None:
    """What is wrong with a correction would quote it."""
    await desk.submitted()
    task = await desk.leased("reviewer")
    words = {**hand(task), "payload_hash": task.decision.payload_hash, "verdict": "VERDICT_CORRECT"}
    request = {**words, "corrected_prediction": {**LEFT, "more": 1}}
    answer = await desk.transport.unary(desk.outgoing("reviewer", "ReviewService/Review", request))
    assert answer.code == "INVALID_ARGUMENT"
    assert answer.status is not None
    assert CANARY.encode() not in answer.status.SerializeToString() + answer.text.encode()


async def check(desk: Desk, method: str, caller: str, told: list[bytes]) -> None:
    """What is shown is recorded, unless it is one's own; of what is kept nothing is told."""
    case = f"{method} by {caller}"
    said = b"".join(told)
    if (caller in SHOWN or method in OWN) and method not in BARE:
        assert CANARY.encode() in said, case
        assert MASK.encode() not in said, case
        seen = await desk.kinds(caller) & {"decision.read", "task.leased"}
        assert bool(seen) is (caller != "submitter" and method not in OWN), case
    else:
        assert CANARY.encode() not in said, case
        assert NAME.encode() not in said, case
        assert caller in SHOWN or "decision.read" not in await desk.kinds(caller), case
        assert all(MASK.encode() in each for each in told) or method in UNSHOWN | BARE, case
        assert not (said and method in UNSHOWN), case


async def test_on_an_appeal_what_is_kept_stays_as_it_was_corrected(tmp_path: Path) -> None:
    async with desks(tmp_path, "grpc") as desk:
        decision = await desk.contested()
        request = {"name": decision.name, "comment": "Once more"}
        await desk.call("submitter", "DecisionService/AppealDecision", **request)
        await desk.judged("reviewer3", {**LEFT, "amount": 4})
        told = await desk.call("submitter", "DecisionService/GetDecision", name=decision.name)
        ends = [appeal.resolution.corrected_prediction for appeal in told.decision.appeals]
        account = CORRECTION["account"]
        assert [json_format.MessageToDict(end) for end in ends] == [
            {"amount": 5, "account": account},
            {"amount": 4, "account": account},
        ]


async def test_where_an_appeal_is_against_the_removal_of_what_is_kept_who_is_shown_it_corrects(tmp_path: Path) -> None:
    async with desks(tmp_path, "grpc") as desk:
        decision = await desk.submitted()
        await desk.judged("lead2", {"amount": 10})
        await desk.close()
        await desk.call("submitter", "DecisionService/AppealDecision", name=decision.name, comment="No")
        task = await desk.leased("reviewer2")
        words = {**hand(task), "payload_hash": task.decision.payload_hash, "verdict": "VERDICT_CORRECT"}
        for correction in (LEFT, {"amount": 5}):
            request = {**words, "corrected_prediction": correction}
            answer = await desk.transport.unary(desk.outgoing("reviewer2", "ReviewService/Review", request))
            assert answer.code == "INVALID_ARGUMENT"
            assert answer.status is not None
            assert b"only somebody who is shown it" in answer.status.SerializeToString()


async def test_a_subject_that_is_kept_is_not_told_by_what_else_is_about_it(tmp_path: Path) -> None:
    """Refunds show theirs."""
    async with desks(tmp_path, "grpc") as desk:
        loan = await desk.submitted()
        refund = await desk.submitted(action="refund.issue")
        last = await desk.submitted()
        expected = {
            ("lead", refund.task): [loan.name],
            ("lead", last.task): [refund.name, loan.name],
            ("reviewer", refund.task): [],
            ("reviewer", last.task): [],
        }
        for (caller, task), names in expected.items():
            listed = await desk.call(caller, "ReviewService/ListEarlierDecisions", name=task)
            assert [each.name for each in listed.decisions] == names, caller


async def test_nothing_else_tells_of_it_either(tmp_path: Path) -> None:
    async with desks(tmp_path, "grpc") as desk:
        decision = await desk.contested()
        others = [rpc for rpc in rpcs() if f"{rpc.containing_service.name}/{rpc.name}" not in SCENES]
        for rpc in others:
            method = f"{rpc.containing_service.name}/{rpc.name}"
            for caller in callers(method):
                request = {"name": decision.name} if rpc.name in ("GetReceipt", "Redeem") else {}
                answer = await desk.transport.unary(desk.outgoing(caller, method, request))
                assert CANARY.encode() not in said_in(answer), (method, caller)
        entries = await desk.call("auditor", "LedgerService/ListLedgerEntries")
        assert len(entries.entries) > 5


def said_in(answer: Answer) -> bytes:
    """All that is in an answer; a receipt is taken apart."""
    status = answer.status.SerializeToString() if answer.status is not None else b""
    parts = [base64.urlsafe_b64decode(part + b"==") for part in answer.body.split(b".") if answer.body.count(b".") == 2]
    return b"".join([answer.body, answer.text.encode(), status, *parts])
