"""`andon review` where several judge, time is given, ends are contested, and callers change what they propose."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import grpc
import pytest

from andon_client._gen.andon.v1 import decision_pb2, decision_service_pb2, review_service_pb2, task_pb2
from andon_client.task import task_of
from andon_client.terminal.asked import asked
from andon_client.terminal.words import moment_of
from tests.client.desk import Hands
from tests.client.fake import Fault, brief

CHANGED = "The caller has changed this decision; read it again."


async def leased(hands: Hands, task: task_pb2.Task) -> str:
    """Leases a task that was made up; its name."""
    hands.state.send(review_service_pb2.STREAM_EVENT_TYPE_LEASED, hands.state.lease(task.name))
    await hands.until(lambda: task.name in hands.app.board.mine)
    await hands.settle()
    return task.name


async def made(hands: Hands) -> task_pb2.Task:
    """A task that nobody has yet."""
    return hands.state.tasks[await hands.wait_in_queue(told=False)]


async def test_one_verdict_of_several_is_told_as_such(hands: Hands) -> None:
    task = await made(hands)
    task.group = "risk"
    task.quorum.expression = "1 of risk and 1 of legal"
    task.quorum.role = task_pb2.SEAT_ROLE_REGULAR
    task.quorum.veto.append("legal")
    task.quorum.blind = True
    await leased(hands, task)
    assert asked(hands.app.board.mine[task.name].info) == (
        "2 verdicts needed (1 of risk and 1 of legal) · yours counts for risk · a rejection by legal ends it"
        " · others' verdicts stay hidden until yours is given"
    )
    await hands.wait_for("2 verdicts needed (1 of risk and 1 of legal)")
    await hands.press("a", "enter")
    await hands.undo_ends()
    assert "approved" not in await hands.wait_for("approve: recorded; waiting for others")


@pytest.mark.parametrize(
    ("role", "said"),
    [
        (task_pb2.SEAT_ROLE_EXTRA, "verdicts differed: yours is asked in addition"),
        (task_pb2.SEAT_ROLE_TIE_BREAK, "verdicts differed: yours decides"),
    ],
)
def test_why_one_more_is_asked_is_said(role: task_pb2.SeatRole.ValueType, said: str) -> None:
    task = task_pb2.Task(quorum=task_pb2.Quorum(expression="2", role=role))
    assert asked(task_of(task)) == f"2 verdicts needed · {said}"


async def test_an_appeal_says_what_is_contested_and_why(hands: Hands) -> None:
    task = await made(hands)
    task.kind, task.level, task.note = task_pb2.TASK_KIND_APPEAL, 1, "He has paid it back."
    task.decision.state = decision_pb2.DECISION_STATE_RESOLVED
    task.decision.resolution.outcome = decision_pb2.OUTCOME_REJECTED
    task.decision.resolution.resolved_by, task.decision.resolution.comment = "ben", "too much"
    await leased(hands, task)
    await hands.wait_for("Appeal, level 1: He has paid it back.", "It had ended: rejected by ben: too much")


async def test_more_time_is_asked_for_where_the_policy_gives_it(hands: Hands) -> None:
    task = await made(hands)
    task.extension.FromTimedelta(timedelta(hours=2))
    await leased(hands, task)
    hands.state.fail("ExtendDeadline", Fault(grpc.StatusCode.FAILED_PRECONDITION, "NO_MORE_TIME", message="all given"))
    await hands.press("t")
    await hands.wait_for("all given")
    await hands.press("t")
    await hands.wait_for("More time: due ")
    await hands.press("t")
    await hands.wait_for("The policy gives this task no more time.")
    assert hands.state.count("ExtendDeadline") == 2


async def test_what_the_caller_changes_is_read_again_before_it_is_judged(hands: Hands) -> None:
    name = await leased(hands, await made(hands))
    await hands.press("m")
    await hands.type("hm")
    await hands.press("enter", "a", "enter")
    task = hands.state.tasks[name]
    task.decision.prediction["amount"] = 41
    task.decision.payload_hash = "f" * 64
    hands.state.send(review_service_pb2.STREAM_EVENT_TYPE_CHANGED, brief(task))
    await hands.wait_for(CHANGED, "Your comment is kept: hm", "41")
    await hands.undo_ends()
    assert not hands.state.reviews
    await hands.press("a")
    await hands.wait_for("press the key again once you have read it")
    await hands.press("a", "enter")
    await hands.undo_ends()
    await hands.wait_for("approved")
    (review,) = hands.state.reviews
    assert (review.payload_hash, review.comment) == ("f" * 64, "hm")


async def test_a_verdict_on_what_it_was_is_refused_and_the_task_read_anew(hands: Hands) -> None:
    name = await leased(hands, await made(hands))
    task = hands.state.tasks[name]
    task.decision.payload_hash = "f" * 64
    hands.state.fail("Review", Fault(grpc.StatusCode.ABORTED, "PAYLOAD_CHANGED", message="it is another"))
    await hands.press("r")
    await hands.type("no")
    await hands.press("enter")
    await hands.undo_ends()
    await hands.wait_for(CHANGED, "Your comment is kept: no")


@pytest.mark.parametrize(
    ("kind", "actor", "details", "said"),
    [
        ("OPENED", "", {"group": "risk"}, "one more person is asked, of risk"),
        ("CLOSED", "", {}, "a task was closed: no verdict on it is needed any more"),
        ("AMENDED", "shop", {"route": "REVIEW"}, "shop changed what it proposes: held for a person"),
        ("REEVALUATED", "ben", {"route": "BLOCK"}, "the policies had become stricter: blocked by the policy"),
        ("APPEALED", "shop", {}, "shop contested its end"),
        ("VIEWED", "anna", {}, "anna looked at it"),
        ("VIEWED", "", {}, "somebody (hidden until your verdict) looked at it"),
        ("READ", "anna", {}, "anna read its sensitive fields"),
        (
            "CLIMBED",
            "deadline",
            {"at": 50, "notify": True, "priority": "HIGH", "skills": []},
            "time went by (50% of its time): reviewers were reminded, its priority is high, anybody may judge it",
        ),
        (
            "CLIMBED",
            "deadline",
            {"at": 60, "notify": False, "priority": None, "skills": ["law"]},
            "time went by (60% of its time): those with law may judge it",
        ),
        ("ESCALATED", "deadline", {"queue": "leads"}, "the deadline passed: it went to queue leads"),
        (
            "ESCALATED",
            "deadline",
            {"queue": "leads", "at": 60},
            "time went by (60% of its time): it went to queue leads",
        ),
        ("EXTENDED", "ben", {"by": 60_000_000}, "ben asked for more time"),
        ("RELEASED", "ben", {"skip": True}, "ben passed it on"),
        ("REVIEWED", "", {}, "a verdict was given (hidden until yours)"),
    ],
)
def test_what_happened_is_told_in_words(kind: str, actor: str, details: dict[str, Any], said: str) -> None:
    number = decision_service_pb2.DecisionEventType.Value(f"DECISION_EVENT_TYPE_{kind}")
    event = decision_service_pb2.DecisionEvent(type=number, actor=actor)
    event.details.update(details)
    assert moment_of(event).text == said
