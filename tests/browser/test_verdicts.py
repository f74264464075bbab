"""Verdicts by keyboard alone, from the page's load to the caller's release."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import expect

from andon_client import Decision, Outcome
from tests.browser.desk import Desk
from tests.browser.office import APPLICATIONS, Office, declined

DECLINE = {"decision": "decline", "limit": 0}


def blocked(office: Office, number: int = 0) -> asyncio.Task[Decision]:
    """A caller who waits for the end of a decision."""
    return asyncio.create_task(office.client.decide(declined(number), timeout=60))


async def approved(office: Office, undo: int) -> Desk:
    """A reviewer who has just approved, and may undo that for `undo` seconds; the page's time stands still."""
    desk = await office.sit_down("reviewer", undo=undo)
    await desk.verdict.wait_for()
    await desk.stand_still()
    await desk.judge("a")
    await expect(desk.slips).to_contain_text("Approved.")
    return desk


async def test_approve_releases_the_caller(office: Office) -> None:
    caller = blocked(office)
    desk = await office.sit_down("reviewer")
    application = APPLICATIONS[0]
    await expect(desk.task.get_by_role("heading", level=1)).to_contain_text(
        re.compile(f"pplication {application.number}\\b")
    )
    await desk.judge("a")
    decision = await caller
    assert (decision.outcome, decision.prediction) == (Outcome.APPROVED, DECLINE)
    await expect(desk.mine).to_have_count(0)


async def test_reject_asks_for_the_comment_and_releases_the_caller(office: Office) -> None:
    caller = blocked(office)
    desk = await office.sit_down("reviewer")
    await desk.judge("r")
    await expect(desk.verdict.get_by_text("The policy asks for a comment to reject.")).to_be_visible()
    comment = desk.verdict.get_by_role("textbox", name="Comment")
    await expect(comment).to_be_focused()
    await desk.press("Control+Enter")
    await expect(comment).to_be_focused()
    assert "Review" not in desk.calls
    await desk.page.keyboard.type("He has repaid twice.")
    await desk.press("Control+Enter")
    decision = await caller
    assert decision.resolution is not None
    assert (decision.outcome, decision.resolution.comment) == (Outcome.REJECTED, "He has repaid twice.")


async def begin_correction(desk: Desk) -> None:
    """Opens the form, and turns the decline into a grant of 1,500 DM by keyboard."""
    await desk.judge("c")
    choice = desk.task.get_by_role("combobox", name="Proposal")
    await expect(choice).to_be_focused()
    await desk.page.keyboard.type("grant")
    await desk.press("Tab")
    await expect(desk.task.get_by_role("textbox", name="Limit")).to_be_focused()
    await desk.press("Control+a")
    await desk.page.keyboard.type("1500.5")


async def test_a_typed_correction_releases_the_caller(office: Office) -> None:
    caller = blocked(office)
    desk = await office.sit_down("reviewer")
    await begin_correction(desk)
    changes = desk.task.get_by_role("table", name="What the correction changes")
    rows = changes.get_by_role("row")
    await expect(rows.filter(has_text="Proposal")).to_have_text(re.compile("decline.*grant"))
    await expect(rows.filter(has_text="Limit")).to_have_text(re.compile(r"0.DM1,?500\.5.DM"))
    assert "Review" not in desk.calls
    await desk.press("Control+Enter")
    decision = await caller
    assert (decision.outcome, decision.prediction) == (Outcome.CORRECTED, {"decision": "grant", "limit": 1500.5})
    assert decision.proposed == DECLINE


async def test_a_correction_that_breaks_the_schema_is_not_sent(office: Office) -> None:
    await office.held(declined(0))
    desk = await office.sit_down("reviewer")
    await begin_correction(desk)
    await desk.press("Control+a")
    await desk.page.keyboard.type("20001")
    await expect(desk.task.get_by_text("20000")).to_be_visible()
    await desk.press("Control+Enter")
    await expect(desk.task.get_by_role("button", name="Send the correction")).to_be_disabled()
    await desk.press("Control+a")
    await desk.page.keyboard.type("lots")
    await desk.press("Control+Enter")
    await expect(desk.task.get_by_role("button", name="Send the correction")).to_be_disabled()
    assert "Review" not in desk.calls


async def test_a_correction_of_nothing_is_told_to_be_an_approval(office: Office) -> None:
    await office.held(declined(0))
    desk = await office.sit_down("reviewer")
    await desk.judge("c")
    await expect(desk.task.get_by_role("combobox", name="Proposal")).to_be_focused()
    await desk.press("Control+Enter")
    await expect(desk.task.get_by_role("alert")).to_contain_text("This changes nothing yet")
    assert "Review" not in desk.calls


async def test_an_undone_verdict_never_reaches_the_server(office: Office) -> None:
    [decision] = await office.held(declined(0))
    desk = await approved(office, undo=5)
    await expect(desk.slips).to_contain_text("Approved. Sent in 5 s")
    await desk.later(4_000)
    await expect(desk.slips).to_contain_text("Sent in 1 s")
    await desk.press("u")
    await expect(desk.slips).to_have_count(0)
    await desk.later(20_000)
    assert "Review" not in desk.calls
    assert (await office.client.get(decision.name)).pending
    assert await office.held_by("reviewer") == {decision.task}


async def test_a_verdict_is_sent_once_it_can_not_be_undone(office: Office) -> None:
    caller = blocked(office)
    desk = await approved(office, undo=5)
    await desk.later(4_000)
    assert "Review" not in desk.calls
    await desk.later(1_000)
    assert (await caller).outcome is Outcome.APPROVED
    assert desk.calls.count("Review") == 1


async def test_a_verdict_on_its_way_outlives_a_reload(office: Office) -> None:
    caller = blocked(office)
    desk = await approved(office, undo=10)
    await desk.page.reload()
    assert (await caller).outcome is Outcome.APPROVED


async def test_a_verdict_on_its_way_outlives_the_page(office: Office) -> None:
    caller = blocked(office)
    desk = await approved(office, undo=10)
    await desk.page.close(run_before_unload=True)
    assert (await caller).outcome is Outcome.APPROVED


async def test_an_undone_verdict_stays_undone_after_a_reload(office: Office) -> None:
    [decision] = await office.held(declined(0))
    desk = await approved(office, undo=10)
    await desk.press("u")
    await expect(desk.slips).to_have_count(0)
    await desk.page.reload()
    await desk.go_on()
    await desk.verdict.wait_for()
    await desk.later(120_000)
    assert "Review" not in desk.calls
    assert (await office.client.get(decision.name)).pending


async def test_a_key_that_is_held_down_judges_one_task(office: Office) -> None:
    await office.held(declined(0), declined(1), declined(2))
    desk = await office.sit_down("reviewer", undo=10)
    await expect(desk.mine).to_have_count(3)
    await desk.verdict.wait_for()
    await desk.stand_still()
    await desk.later(1_000)
    for _ in range(5):
        await desk.page.keyboard.down("a")
    await desk.page.keyboard.up("a")
    await expect(desk.slips.get_by_role("listitem")).to_have_count(1)


@pytest.mark.parametrize("key", ["e", "s"])
async def test_escalate_and_skip_pass_the_task_on(office: Office, key: str) -> None:
    [decision] = await office.held(declined(0))
    desk = await office.sit_down("reviewer", credits=1)
    await desk.judge(key)
    if key == "e":
        await desk.page.keyboard.type("Too much for me.")
        await desk.press("Control+Enter")
    kinds = [event.type async for event in office.client.history(decision)]
    word = "ESCALATED" if key == "e" else "RELEASED"
    async with asyncio.timeout(20):
        while not any(word in kind.upper() for kind in kinds):
            kinds = [event.type async for event in office.client.history(decision)]
    assert "Review" not in desk.calls
