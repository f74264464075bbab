"""`andon review` by keyboard: the real app against the stand-in, on a clock that the test owns."""

from __future__ import annotations

import asyncio
from pathlib import Path

import grpc
import pytest

from andon_client import Client
from andon_client._gen.andon.v1 import review_service_pb2, task_pb2
from andon_client.terminal.board import Link
from andon_client.terminal.calm import PAUSE
from andon_client.terminal.viewing import AWAY_AFTER
from tests.client.desk import Hands, at_desk
from tests.client.fake import Fault, State
from tests.client.fake_server import FakeServer

SCHEMA = {
    "type": "object",
    "properties": {
        "amount": {"type": "number", "minimum": 0},
        "note": {"type": "string"},
        "urgent": {"type": "boolean"},
    },
    "required": ["amount"],
}


def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    """An editor that writes this."""
    (tmp_path / "content").write_text(content)
    script = tmp_path / "editor.sh"
    script.write_text(f'#!/bin/sh\ncp {tmp_path / "content"} "$1"\n')
    script.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(script))


async def test_approve_releases_the_caller_and_says_what_was_shown(hands: Hands) -> None:
    name = await hands.hand_out()
    waiting = asyncio.ensure_future(hands.client.wait(name.replace("tasks", "decisions")))
    await hands.pass_time(7)
    await hands.press("a")
    await hands.type("fine")
    await hands.press("enter")
    assert not hands.state.reviews
    await hands.undo_ends()
    decision = await waiting
    assert decision.passed
    await hands.wait_for("approved")
    (review,) = hands.state.reviews
    assert (review.verdict, review.comment) == (task_pb2.VERDICT_APPROVE, "fine")
    assert len(review.shown.digest) == 64
    assert review.shown.view_time.seconds == 7
    assert name not in hands.app.board.mine


async def test_a_correction_by_form_keeps_its_types(hands: Hands) -> None:
    hands.state.schema = SCHEMA
    name = await hands.hand_out(prediction={"amount": 40, "note": "7", "urgent": False, "lines": [1, "1"]})
    waiting = asyncio.ensure_future(hands.client.wait(name.replace("tasks", "decisions")))
    await hands.press("c", "2", "5", "enter", "ctrl+s")
    seen = await hands.wait_for("Correct?", "- 40", "+ 25")
    assert "note" not in seen[seen.index("Correct?") :]
    await hands.press("enter")
    await hands.undo_ends()
    decision = await waiting
    assert decision.prediction == {"amount": 25, "note": "7", "urgent": False, "lines": [1, "1"]}
    assert isinstance(decision.prediction["amount"], int)


async def test_a_form_says_what_does_not_fit(hands: Hands) -> None:
    hands.state.schema = SCHEMA
    await hands.hand_out()
    await hands.press("c", "m", "ctrl+s")
    await hands.wait_for("must be a number")
    await hands.press("backspace", "minus", "1", "ctrl+s")
    await hands.wait_for("less than the minimum of 0")
    await hands.press("escape")
    await hands.until(lambda: len(hands.app.screen_stack) == 2)
    assert not hands.state.reviews


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "Expecting property name"),
        ("[1]", "must be an object"),
        ('{"amount": 40}', "Nothing was changed"),
        ('{"amount": "much"}', "'much' is not of type 'number'"),
    ],
)
async def test_a_correction_that_can_not_be_sent_is_told(
    hands: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, said: str
) -> None:
    hands.state.schema = SCHEMA
    await hands.hand_out()
    await hands.press("c")
    editor(tmp_path, monkeypatch, content)
    await hands.press("ctrl+e")
    await hands.wait_for(said)
    editor(tmp_path, monkeypatch, '{"amount": 1, "more": null}')
    await hands.press("ctrl+e")
    await hands.wait_for("Correct?", "+ 1", "+ null")
    await hands.press("enter")
    await hands.undo_ends()
    await hands.until(lambda: bool(hands.state.reviews))
    assert hands.state.reviews[0].corrected_prediction.fields["amount"].number_value == 1


async def test_a_comment_is_asked_for_where_the_policy_wants_one(hands: Hands) -> None:
    hands.state.presentation = task_pb2.Presentation(comment_required=[task_pb2.VERDICT_REJECT])
    await hands.hand_out()
    await hands.press("r", "enter")
    await hands.wait_for("The policy asks for a comment with this verdict.")
    await hands.type("no")
    await hands.press("enter")
    await hands.undo_ends()
    await hands.until(lambda: bool(hands.state.reviews))
    assert (hands.state.reviews[0].verdict, hands.state.reviews[0].comment) == (task_pb2.VERDICT_REJECT, "no")


async def test_a_verdict_can_be_undone_for_five_seconds(hands: Hands) -> None:
    name = await hands.hand_out()
    await hands.press("a")
    await hands.type("hm")
    await hands.press("enter")
    await hands.pass_time(4.9)
    await hands.wait_for("Press u to undo")
    await hands.press("u")
    await hands.pass_time(60)
    assert not hands.state.reviews
    assert hands.state.tasks[name].state == task_pb2.TASK_STATE_LEASED
    await hands.press("a", "enter")
    await hands.undo_ends()
    await hands.until(lambda: bool(hands.state.reviews))
    assert hands.state.reviews[0].comment == "hm"


async def test_a_lost_lease_is_said_and_the_draft_is_kept(hands: Hands) -> None:
    name = await hands.hand_out()
    await hands.press("r")
    await hands.type("too much")
    await hands.press("enter")
    hands.state.remove(name)
    seen = await hands.wait_for("no longer yours", "Your comment is kept: too much")
    assert "your verdict was not sent" in seen
    await hands.pass_time(60)
    assert not hands.state.reviews
    await hands.press("a")
    await hands.wait_for("not yours to judge")
    hands.state.send(review_service_pb2.STREAM_EVENT_TYPE_LEASED, hands.state.lease(name))
    await hands.until(lambda: name in hands.app.board.mine)
    await hands.press("r", "enter")
    await hands.undo_ends()
    await hands.until(lambda: bool(hands.state.reviews))
    assert hands.state.reviews[0].comment == "too much"


async def test_a_refusal_is_shown_in_words_and_nothing_is_lost(hands: Hands) -> None:
    fault = Fault(
        grpc.StatusCode.INVALID_ARGUMENT,
        "CORRECTION_INVALID",
        message="the correction does not fit",
        fields={"corrected_prediction.amount": "must be below 30"},
    )
    hands.state.fail("Review", fault)
    name = await hands.hand_out()
    await hands.press("c", "3", "5", "ctrl+s")
    await hands.type("less")
    await hands.press("enter")
    await hands.undo_ends()
    await hands.wait_for("Refused: the correction does not fit", "amount: must be below 30", "Your correction is kept.")
    await hands.press("c", "ctrl+s")
    await hands.wait_for("+ 35")
    await hands.press("enter")
    await hands.undo_ends()
    await hands.until(lambda: bool(hands.state.reviews))
    assert hands.state.reviews[0].comment == "less"
    await hands.until(lambda: name not in hands.app.board.mine)


async def test_long_fields_are_opened_before_an_irreversible_approval(hands: Hands) -> None:
    hands.state.presentation = task_pb2.Presentation(effect="Send it")
    hands.state.presentation.fields.add(path="input.photo", upsetting=True)
    text = "word " * 400 + "the end"
    await hands.hand_out(irreversible=True, input={"letter": text, "photo": "https://example.com/a.png"})
    assert "the end" not in hands.seen
    assert "example.com" not in hands.seen
    await hands.press("a")
    await hands.wait_for("first open what is cut short or covered (input.letter, input.photo)")
    await hands.until_opened()
    await hands.wait_for("the end", "https://example.com/a.png")
    await hands.press("a", "enter")
    await hands.undo_ends()
    await hands.until(lambda: bool(hands.state.reviews))
    shown = hands.state.reviews[0].shown
    assert (list(shown.opened), list(shown.unopened)) == (["input.letter", "input.photo"], [])


async def test_a_correction_of_what_can_not_be_undone_is_read_first(hands: Hands) -> None:
    await hands.hand_out(irreversible=True, input={"letter": "x" * 2000})
    await hands.press("c")
    await hands.wait_for("first open what is cut short or covered (input.letter)")
    assert "Correct:" not in hands.seen
    await hands.until_opened()
    await hands.press("c")
    await hands.wait_for("Correct:")


async def test_what_stayed_closed_is_told_with_other_verdicts(hands: Hands) -> None:
    await hands.hand_out(irreversible=True, input={"letter": "x" * 2000})
    await hands.press("r", "enter")
    await hands.undo_ends()
    await hands.until(lambda: bool(hands.state.reviews))
    assert list(hands.state.reviews[0].shown.unopened) == ["input.letter"]


async def test_bulk_verdicts_have_a_result_for_each(hands: Hands) -> None:
    first = await hands.hand_out()
    second = await hands.hand_out(input={})
    third = await hands.hand_out(irreversible=True)
    await hands.show(third)
    await hands.press("x")
    await hands.wait_for("Can't be selected: it can't be undone")
    for name in (first, second):
        await hands.show(name)
        await hands.press("x")
    await hands.wait_for("2 selected")
    hands.state.fail("Review", Fault(grpc.StatusCode.PERMISSION_DENIED, "SELF_REVIEW", message="you submitted it"))
    await hands.press("a", "enter")
    await hands.undo_ends()
    seen = await hands.wait_for("approve: 2 tasks", "refused: you submitted it")
    assert seen.count(": approved") >= 1
    assert len(hands.state.reviews) == 1
    assert third in hands.app.board.mine


async def test_a_task_with_a_correction_form_is_judged_by_itself(hands: Hands) -> None:
    hands.state.schema = SCHEMA
    await hands.hand_out()
    await hands.press("x")
    await hands.wait_for("Can't be selected: it has a correction form")


async def test_escalate_and_skip(hands: Hands) -> None:
    fault = Fault(grpc.StatusCode.FAILED_PRECONDITION, "NO_ESCALATION", message="no queue to escalate to")
    hands.state.fail("EscalateTask", fault)
    first = await hands.hand_out()
    for said in ("Refused: no queue to escalate to", "escalated to leads"):
        await hands.press("e", "enter")
        await hands.undo_ends()
        await hands.wait_for(said)
    assert hands.state.tasks[first].queue == "leads"
    second = await hands.hand_out()
    await hands.press("s")
    await hands.wait_for("skip: will be sent in 5 s. Press u to undo.")
    await hands.undo_ends()
    await hands.wait_for("passed on")
    (request,) = [request for method, request in hands.state.calls if method == "ReleaseTask"]
    assert request.reason == review_service_pb2.RELEASE_REASON_SKIP
    assert hands.state.tasks[second].state == task_pb2.TASK_STATE_WAITING
    assert second not in hands.app.board.mine


async def test_a_skip_can_be_undone_and_its_comment_goes_with_it(hands: Hands) -> None:
    name = await hands.hand_out()
    await hands.press("m")
    await hands.type("ask ben")
    await hands.press("enter")
    await hands.wait_for("Your comment is kept: ask ben")
    for undo in ("u", "z"):
        await hands.pass_time(1)
        await hands.press("s", undo)
        await hands.wait_for("Taken back: skip")
    await hands.pass_time(60)
    assert hands.state.count("ReleaseTask") == 0
    await hands.press("s")
    await hands.undo_ends()
    await hands.until(lambda: name not in hands.app.board.mine)
    (request,) = [request for method, request in hands.state.calls if method == "ReleaseTask"]
    assert request.comment == "ask ben"
    assert name not in hands.app.desk.drafts


async def test_prose_typed_ahead_is_no_verdict(hands: Hands) -> None:
    first, second = await hands.hand_out(), await hands.hand_out()
    await hands.show(first)
    await hands.press("a")
    await hands.type("fine")
    await hands.press("enter")
    await hands.type("passes some more checks")
    await hands.wait_for("was left out: typed ahead of the task.")
    assert hands.app.main.current == second
    assert [pending.tasks[0].name for pending in hands.app.desk.outbox.pending] == [first]
    assert len(hands.app.screen_stack) == 2
    await hands.pass_time(PAUSE)
    await hands.press("s", "s")
    verbs = [pending.verb for pending in hands.app.desk.outbox.pending]
    assert verbs == ["approve", "skip"]


async def test_verdict_keys_act_on_the_selection(hands: Hands) -> None:
    chosen = [await hands.hand_out(), await hands.hand_out()]
    read = await hands.hand_out()
    for name in chosen:
        await hands.show(name)
        await hands.press("x")
    await hands.show(read)
    await hands.press("s")
    (pending,) = hands.app.desk.outbox.pending
    assert sorted(task.name for task in pending.tasks) == sorted(chosen)
    assert hands.app.main.current == read
    assert not hands.app.desk.selected


async def test_it_reconnects_by_itself_and_says_so(hands: Hands, server: FakeServer) -> None:
    name = await hands.hand_out()
    await server.stop()
    await hands.wait_for("connection lost, connecting again")
    await server.start()
    await hands.until(lambda: hands.app.board.link is Link.LIVE)
    await hands.wait_for("● live")
    await hands.press("a", "enter")
    await hands.undo_ends()
    await hands.until(lambda: bool(hands.state.reviews))
    assert hands.state.reviews[0].name == name


async def test_quitting_asks_while_verdicts_wait(hands: Hands) -> None:
    await hands.hand_out()
    await hands.press("a", "enter")
    await hands.pass_time(PAUSE)
    await hands.press("q")
    await hands.wait_for("1 verdict waits to be sent.")
    await hands.press("escape", "q", "y")
    await hands.until(lambda: bool(hands.state.reviews))
    await hands.until(lambda: not hands.app.is_running or hands.app.return_value == 0)


async def test_leases_are_not_renewed_for_nobody(hands: Hands) -> None:
    name = await hands.hand_out()
    task = hands.app.board.mine[name]
    await hands.pass_time(AWAY_AFTER + 1)
    await hands.wait_for("You have been away; nothing is held for you. Any key takes tasks again.")
    await task.renew_if_wanted()
    assert hands.state.count("RenewLease") == 0
    await hands.press("j")
    await task.renew_if_wanted()
    assert hands.state.count("RenewLease") == 1


async def test_who_is_away_takes_no_task_until_the_next_key(hands: Hands) -> None:
    def modes() -> list[int]:
        return [request.mode for method, request in hands.state.calls if method == "Stream"]

    both, watch = review_service_pb2.STREAM_MODE_LEASE_AND_WATCH, review_service_pb2.STREAM_MODE_WATCH
    await hands.pass_time(AWAY_AFTER + 1)
    await hands.until(lambda: modes() == [both, watch] and hands.app.board.link is Link.LIVE)
    await hands.wait_for("You have been away: any key takes tasks again")
    await hands.press("j")
    await hands.until(lambda: modes() == [both, watch, both] and hands.app.board.link is Link.LIVE)
    await hands.wait_for("You are back: tasks are leased to you again.")
    await hands.hand_out()


async def test_it_ends_after_as_many_tasks_as_wanted(state: State, unhurried: Client) -> None:
    async with at_desk(state, unhurried, limit=1) as hands:
        await hands.hand_out()
        await hands.press("a", "enter")
        await hands.undo_ends()
        await hands.until(lambda: hands.app.return_value == 0)
