"""One verdict for several tasks: a result for each, and never for what has to be judged alone."""

from __future__ import annotations

import re

from playwright.async_api import expect

from andon_client import Outcome
from tests.browser.office import Office, declined, letter

DONE = re.compile(r"Done\.$")


async def test_each_of_a_bulk_verdict_has_its_own_result(office: Office) -> None:
    final, _, first, second = await office.held(letter(3, irreversible=True), declined(0), letter(1), letter(2))
    desk = await office.sit_down("reviewer")
    desk.expect_errors("status of 400")
    await expect(desk.mine).to_have_count(4)
    await desk.verdict.wait_for()
    for _ in range(4):
        await desk.press("k")
    await desk.press("x", "j", "x", "j", "x", "j", "x")
    await expect(desk.page.get_by_role("region", name="Selected tasks")).to_contain_text("4 selected")
    await desk.press("a")
    dialog = desk.page.get_by_role("dialog", name="Approve 2 tasks")
    items = dialog.get_by_role("listitem")
    await expect(items).to_have_count(4)
    await expect(items.filter(has_text="Left out: it can't be undone.")).to_have_count(1)
    await expect(items.filter(has_text="Left out: it has a form for corrections.")).to_have_count(1)
    await office.client.cancel(first)
    await dialog.get_by_role("button", name="Approve 2 tasks now").click()
    await expect(items.filter(has_text="Refused: The task had ended before this arrived.")).to_have_count(1)
    await expect(items.filter(has_text=DONE)).to_have_count(1)
    await expect(dialog.get_by_role("status")).to_have_text("All have been answered.")
    assert (await office.client.get(second.name)).outcome is Outcome.APPROVED
    assert (await office.client.get(final.name)).pending
    await desk.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(desk.mine).to_have_count(2)


async def test_a_bulk_rejection_asks_for_one_comment(office: Office) -> None:
    decisions = await office.held(letter(1), letter(2))
    desk = await office.sit_down("reviewer")
    await expect(desk.mine).to_have_count(2)
    await desk.verdict.wait_for()
    await desk.press("k", "k", "x", "j", "x")
    await expect(desk.page.get_by_role("region", name="Selected tasks")).to_contain_text("2 selected")
    await desk.press("r")
    dialog = desk.page.get_by_role("dialog", name="Reject 2 tasks")
    send = dialog.get_by_role("button", name="Reject 2 tasks now")
    await expect(send).to_be_disabled()
    await dialog.get_by_role("textbox").fill("Not like this.")
    await send.click()
    await expect(dialog.get_by_text(DONE)).to_have_count(2)
    for decision in decisions:
        ended = await office.client.get(decision.name)
        assert ended.resolution is not None
        assert (ended.outcome, ended.resolution.comment) == (Outcome.REJECTED, "Not like this.")
