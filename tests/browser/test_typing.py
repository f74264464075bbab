"""Words that are typed where no field has the focus yet: they never decide anything."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from andon_client import Outcome
from tests.browser.desk import Desk
from tests.browser.office import Office, declined

# What a quick typist leaves between two keys, in milliseconds.
STROKE = 80
# Every key that judges, gives back or selects, among others.
PROSE = "a sad case: ask her once more, escalate, and send me a reminder"


async def type_on(desk: Desk, words: str) -> None:
    """Types without a stop, wherever that goes."""
    for key in words:
        await desk.press("Space" if key == " " else key)
        await desk.later(STROKE)


async def three(office: Office) -> Desk:
    """Three tasks, the first of them just opened; the page's time stands still."""
    await office.held(declined(0), declined(1), declined(2))
    desk = await office.sit_down("reviewer", undo=10)
    await expect(desk.mine).to_have_count(3)
    await desk.verdict.wait_for()
    await desk.stand_still()
    return desk


async def nothing_was_decided(office: Office, desk: Desk) -> None:
    """No verdict was given, held or sent, and no task given back."""
    await expect(desk.slips.get_by_role("listitem")).to_have_count(0)
    await desk.later(20_000)
    assert not {"Review", "ReleaseTask", "EscalateTask"} & set(desk.calls)
    assert len(await office.held_by("reviewer")) == 3


@pytest.mark.parametrize("lead", ["r", "m", "e"])
async def test_prose_after_a_key_that_opens_a_field_is_its_comment(office: Office, lead: str) -> None:
    desk = await three(office)
    opened = await desk.opened()
    await type_on(desk, lead + PROSE)
    await expect(desk.verdict.get_by_role("textbox", name="Comment")).to_have_value(PROSE)
    assert await desk.opened() == opened
    await nothing_was_decided(office, desk)


async def test_prose_with_no_field_open_decides_nothing(office: Office) -> None:
    desk = await three(office)
    await type_on(desk, "this is a sad class, as usual")
    await nothing_was_decided(office, desk)


async def test_prose_after_a_verdict_goes_to_the_task_that_comes_and_waits_for_its_confirmation(office: Office) -> None:
    desk = await three(office)
    first = await desk.opened()
    heading = desk.task.get_by_role("heading", level=1)
    judged = await heading.inner_text()
    await desk.judge("a")
    await expect(heading).not_to_have_text(judged)  # a busy machine draws it only after some keys
    await type_on(desk, "r" + PROSE)
    assert await desk.opened() != first
    second = await desk.opened()
    comment = desk.verdict.get_by_role("textbox", name="Comment")
    await expect(comment).to_be_focused()
    # What was typed before the task stood is lost, at worst.
    assert PROSE.endswith(await comment.input_value())
    await expect(desk.slips.get_by_role("listitem")).to_have_count(1)
    await desk.press("Control+Enter")
    await expect(desk.slips.get_by_role("listitem")).to_have_count(2)
    await desk.later(11_000)
    [waiting] = [job.decision for job in await office.jobs() if job.task.name not in {first, second}]
    assert (await office.client.get(waiting.name)).pending


async def test_a_search_that_is_typed_while_a_task_comes_stays_a_search(office: Office) -> None:
    desk = await office.sit_down("reviewer")
    search = desk.page.get_by_role("textbox", name="Search the tasks")
    await search.wait_for()
    await desk.press("/")
    typing = asyncio.create_task(search.press_sequentially("car, sea", delay=STROKE))
    [decision] = await office.held(declined(0))
    await desk.task.get_by_role("heading", level=1).wait_for()
    await typing
    await expect(search).to_be_focused()
    await desk.page.keyboard.type("s")
    await expect(search).to_have_value("car, seas")
    assert "Review" not in desk.calls
    assert (await office.client.get(decision.name)).outcome is not Outcome.APPROVED
