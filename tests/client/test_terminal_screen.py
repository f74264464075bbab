"""What `andon review` shows, and how: the real app against the stand-in."""

from __future__ import annotations

import grpc
import pytest
from textual.strip import Strip

from andon_client import Client
from andon_client._away import away_words, session_of
from andon_client._gen.andon.v1 import decision_pb2, review_service_pb2, task_pb2
from andon_client.terminal.formats import moment_text
from tests.client.desk import Hands, at_desk
from tests.client.fake import Fault, State


async def test_the_task_is_shown_decision_first(hands: Hands) -> None:
    await hands.hand_out(irreversible=True, subject="customer-8", extra={"region": "EU"})
    seen = await hands.wait_for("Nothing came before.")
    places = [
        seen.index(text)
        for text in (
            "refund.issue is carried out",
            "CAN'T BE UNDONE",
            "amount  40",
            "low confidence  confidence",
            "confidence  50 %",
            "the warranty holds",
            "price  3",
            "amount   40 EUR",
            "Earlier on customer-8",
            "What happened to it",
        )
    ]
    assert places == sorted(places)


async def test_who_is_away_is_told_so_from_the_start(state: State, unhurried: Client) -> None:
    state.session.availability = review_service_pb2.AVAILABILITY_AWAY
    news = away_words(await session_of(unhurried.reviewer().caller), moment_text)
    async with at_desk(state, unhurried, news=news) as hands:
        assert "You are away until you say otherwise: nothing is handed to you." in hands.seen


async def test_the_policys_presentation_rules(hands: Hands) -> None:
    shown = task_pb2.Presentation(effect="Refund 40 EUR for order A-17")
    shown.fields.add(path="input.order", label="Order number", decisive=True)
    shown.fields.add(path="prediction.amount", label="Refund", unit="EUR", decisive=True)
    hands.state.presentation = shown
    await hands.hand_out()
    seen = await hands.wait_for("Refund 40 EUR for order A-17")
    assert seen.index("Order number  A-17") < seen.index("Refund        40 EUR") < seen.index("Why it was held")


async def test_hostile_text_is_inert(hands: Hands) -> None:
    hostile = "\x1b[2J\x1b]0;x\x07\x9b31m\u202egnp.exe\u200b [bold]x[/] [@click=app.quit]y[/]\r\U000e0041"
    await hands.hand_out(
        action="refund.issue",
        input={"text": hostile, hostile: 1, "lines": hostile.split("m")},
        prediction={"amount": 40, "to": hostile},
        reasoning=hostile,
        subject=hostile,
    )
    await hands.press("c")
    await hands.wait_for("Correct:")
    written = "".join(
        segment.text
        for strip in hands.app.screen._compositor.render_strips()
        for segment in strip
        if not segment.control
    )
    written += hands.seen
    assert "⟨U+001B⟩[2J" in hands.seen
    assert "[bold]x[/] [@click=app.quit]y[/]" in hands.seen.replace("\n", "").replace("  ", " ")
    assert not set(written) & set("\x1b\x07\x9b\u202e\u200b\r\U000e0041")


async def test_search_wants_every_word(hands: Hands) -> None:
    await hands.wait_in_queue(action="refund.issue", subject="anna")
    await hands.wait_in_queue(action="mail.send", subject="ben")
    await hands.press("slash")
    await hands.type("send BEN")
    await hands.wait_for("WAITING  1, 1 hidden")
    assert "refund.issue" not in hands.app.main.inbox.text
    await hands.press("escape")
    await hands.wait_for("WAITING  2\n")


async def test_a_waiting_task_is_read_whole_and_not_judged(hands: Hands) -> None:
    name = await hands.wait_in_queue(reasoning="only in the whole task")
    await hands.show(name)
    assert "only in the whole task" not in hands.seen
    await hands.press("enter")
    await hands.wait_for("only in the whole task", "not yours yet")
    await hands.press("a")
    await hands.wait_for("not yours to judge")


async def test_an_older_server_is_no_fault(hands: Hands) -> None:
    fault = Fault(grpc.StatusCode.UNIMPLEMENTED, "METHOD_UNKNOWN")
    hands.state.fail("ListEarlierDecisions", fault)
    hands.state.fail("ListDecisionEvents", fault)
    await hands.hand_out(subject="customer-8")
    await hands.wait_for("This server does not tell")


async def test_earlier_decisions_and_the_timeline(hands: Hands) -> None:
    earlier = decision_pb2.Decision(action="refund.issue", state=decision_pb2.DECISION_STATE_RESOLVED)
    earlier.resolution.outcome = decision_pb2.OUTCOME_REJECTED
    earlier.resolution.resolved_by = "ben"
    earlier.resolution.comment = "was delivered"
    hands.state.earlier = [earlier]
    event = hands.state.event("LEASED", "ben")
    hands.state.events = [event]
    await hands.hand_out(subject="customer-8")
    await hands.wait_for("rejected  refund.issue  by ben", "“was delivered”", "ben took it")


async def test_ten_thousand_waiting_tasks_draw_only_what_is_on_the_screen(hands: Hands) -> None:
    name = await hands.wait_in_queue()
    task = task_pb2.Task()
    for number in range(10_000):
        task.CopyFrom(hands.state.tasks[name])
        task.name = f"tasks/{number:036d}"
        event = review_service_pb2.StreamResponse(type=review_service_pb2.STREAM_EVENT_TYPE_CHANGED, task=task)
        hands.app.board.follow(event)
    await hands.wait_for("10,001 waiting")
    inbox, drawn = hands.app.main.inbox, set[int]()
    line = inbox.render_line

    def render_line(y: int) -> Strip:
        drawn.add(y)
        return line(y)

    inbox.render_line = render_line  # type: ignore[method-assign]
    await hands.press("G")
    assert inbox.cursor == f"tasks/{9_999:036d}"
    assert drawn <= set(range(inbox.size.height))


async def test_a_row_says_what_would_happen_and_why_it_waits(hands: Hands) -> None:
    hands.state.presentation = task_pb2.Presentation(effect="Refund 40 EUR for order A-17")
    await hands.wait_in_queue(subject="customer-8")
    await hands.until(lambda: "A-17" in hands.app.main.inbox.text)
    first, second = hands.app.main.inbox.text.split("\n")[2:]
    assert first.strip().split("  ")[0] == "!20 Refund 40 EUR for order A-17"
    assert "low confidence" in second
    assert second.strip().endswith("old")
    assert "50 % · " in second


@pytest.mark.parametrize("count", [0, 1, 7, 30])
async def test_rows_of_two_lines_keep_cursor_and_clicks_in_place(hands: Hands, count: int) -> None:
    names = [await hands.hand_out() for _ in range(2)] + [await hands.wait_in_queue() for _ in range(count)]
    inbox = hands.app.main.inbox
    await hands.until(lambda: inbox.virtual_size.height == 2 + 2 * len(names))
    text = inbox.text.split("\n")
    assert [text[inbox._top(at)] for at in (0, 3)] == [text[0], f"WAITING  {count}"]
    assert [inbox._at(y) for y in range(8 if count else 6)] == [
        (0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (3, 0), (4, 0), (4, 1),
    ][: 8 if count else 6]  # fmt: skip
    await hands.press("G")
    assert inbox.cursor == names[-1]
    assert inbox._top(len(names) + 1) - inbox.scroll_y <= inbox.size.height - 2


async def test_a_narrow_screen_shows_the_list_then_the_task(state: State, unhurried: Client) -> None:
    async with at_desk(state, unhurried, size=(80, 24)) as hands:
        name = await hands.hand_out()
        main = hands.app.main
        assert main.inbox.size.width == 80
        await hands.press("s")
        assert main.task_shown
        assert not hands.app.desk.outbox.pending
        await hands.wait_for("Opened: judge it when you have read it.", "price  3")
        assert main.views[0].size.width > 70
        await hands.pass_time(3)
        assert hands.app.desk.viewing.seconds(name) == 3
        await hands.press("escape")
        assert main.focused is main.inbox
        await hands.pass_time(3)
        assert hands.app.desk.viewing.seconds(name) == 3


@pytest.mark.parametrize("size", [(80, 24), (200, 60), (40, 10)])
async def test_it_fits_and_resizes(state: State, unhurried: Client, size: tuple[int, int]) -> None:
    async with at_desk(state, unhurried, size=size) as hands:
        await hands.hand_out()
        await hands.press("enter")
        await hands.wait_for("If you")
        assert hands.app.main.views[1].display is (size[0] == 200)
        await hands.pilot.resize_terminal(80, 24)
        await hands.wait_for("price  3")
