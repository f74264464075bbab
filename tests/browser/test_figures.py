"""What a verdict hangs on can be read: no figure is broken, and no image counts as seen that was not."""

from __future__ import annotations

import asyncio
import re
from typing import Any, Final

import pytest
from playwright.async_api import expect

from andon_client import Outcome
from tests.browser.desk import Desk
from tests.browser.office import Office, letter

# On how many lines each decisive value stands, by its label, and which run out of their place.
_LINES: Final = """
() => [...document.querySelectorAll("[aria-label='Decisive fields'] > div")].map((field) => {
  const value = field.querySelector("dd > span");
  const range = document.createRange();
  range.selectNodeContents(value);
  const boxes = [...range.getClientRects()].filter((box) => box.width > 0);
  return {
    text: value.textContent,
    lines: new Set(boxes.map((box) => Math.round(box.bottom))).size,
    runsOut: Math.max(...boxes.map((box) => box.right)) > field.getBoundingClientRect().right + 0.5,
    size: parseFloat(getComputedStyle(value).fontSize),
  };
})
"""
FIGURES: Final = {
    "amount": 1_234_567.5,
    "energy": -123_456_789_012.345,
    "account": "DE89370400440532013000",
    "share": 0.123456789,
}
BROKEN: Final = "data:image/png;base64,AAAA"


def payment(**changes: Any) -> Any:
    """A payment to be judged."""
    fields: dict[str, Any] = {"prediction": FIGURES, "input": {"order": "A-17"}}
    return letter(action="payment.send", **(fields | changes))


@pytest.mark.parametrize("width", [320, 360, 390, 768, 1024, 1200, 1440])
async def test_no_figure_breaks_inside_its_number_or_unit(office: Office, width: int) -> None:
    await office.held(payment())
    desk = await office.sit_down("reviewer", viewport={"width": width, "height": 900})
    if width < 1200:
        await expect(desk.mine).to_have_count(1)
        await desk.press("j", "Enter")
    await desk.verdict.wait_for()
    found = await desk.page.evaluate(_LINES)
    assert found[0]["text"] == "1\u202f234\u202f567.50\u00a0EUR"
    assert [each for each in found if each["lines"] != 1 or each["runsOut"] or each["size"] < 13] == []


async def wait_for_focus(desk: Desk, text: str) -> None:
    """Waits until what has the focus says this."""
    await desk.page.wait_for_function("text => document.activeElement.textContent.includes(text)", arg=text)


async def test_an_image_that_can_not_be_seen_has_to_be_decided_without(office: Office) -> None:
    proposal = payment(irreversible=True, input={"scan": BROKEN})
    caller = asyncio.create_task(office.client.decide(proposal, timeout=60))
    desk = await office.sit_down("reviewer")
    await expect(desk.task).to_contain_text("the image can't be read")
    await desk.judge("a")
    await expect(desk.verdict.get_by_role("status")).to_contain_text("1 field has to be opened first")
    await wait_for_focus(desk, "I can't see it: decide without")
    await desk.press("Enter")
    await wait_for_focus(desk, "You decide without having seen it")
    await desk.press("a")
    decision = await caller
    assert decision.outcome is Outcome.APPROVED
    [given] = [event async for event in office.client.history(decision) if "shown" in event.details]
    shown: Any = given.details["shown"]
    assert shown["opened"] == ["input.scan#unseen"]
    assert not shown.get("unopened")


async def test_a_correction_of_what_can_not_be_undone_is_read_first(office: Office) -> None:
    long = "A long letter. " * 60
    await office.held(letter(irreversible=True, prediction={"to": "customer 1", "text": long}))
    desk = await office.sit_down("reviewer")
    await desk.judge("c")
    form = desk.task.get_by_role("region", name="Your correction")
    await form.get_by_role("textbox").first.fill("customer 2")
    await expect(desk.task.get_by_role("table", name="What the correction changes")).to_contain_text("customer 2")
    await desk.press("Control+Enter")
    await expect(desk.verdict.get_by_role("status")).to_contain_text("1 field has to be opened first")
    assert "Review" not in desk.calls
    scroll = "document.querySelector('article').scrollTop"
    await wait_for_focus(desk, "Show all")
    before = await desk.page.evaluate(scroll)
    await desk.press("Enter")
    await wait_for_focus(desk, long.strip())
    assert await desk.page.evaluate(scroll) == before
    await desk.press("Control+Enter")
    await expect(desk.page.get_by_text(re.compile("All done"))).to_be_visible()
    assert desk.calls.count("Review") == 1
