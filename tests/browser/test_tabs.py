"""Two tabs of one reviewer."""

from __future__ import annotations

from playwright.async_api import expect

from andon_client import Outcome
from tests.browser.desk import Desk
from tests.browser.office import Office, declined, link


async def two_tabs(office: Office, *, undo: int, at: str) -> tuple[Desk, Desk]:
    """The same page twice in one browser, both at the same task."""
    first = await office.sit_down("reviewer", undo=undo, at=at)
    await first.verdict.wait_for()
    second = Desk(await first.context.new_page(), first.context, first.origin, {office.origin})
    office.desks.append(second)
    second.watch()
    # What stays signed in is the tab, so the second follows the link, too.
    await second.page.goto(link(office.origin, "reviewer", at))
    await second.verdict.wait_for()
    return first, second


async def test_a_verdict_in_one_tab_is_told_in_the_other(office: Office) -> None:
    [decision] = await office.held(declined(0))
    first, second = await two_tabs(office, undo=10, at=f"/{decision.task}")
    await first.judge("a")
    await expect(second.task.get_by_text("You have judged this in another tab; it is being sent.")).to_be_visible()
    await expect(second.verdict.get_by_role("button", name="Approve")).to_be_disabled()
    await second.judge("r", "s")
    await first.later(11_000)
    assert (await office.client.wait(decision.name, timeout=60)).outcome is Outcome.APPROVED
    assert (first.calls + second.calls).count("Review") == 1
    await expect(second.verdict).to_have_count(0)


async def test_a_comment_in_one_tab_is_there_in_the_other(office: Office) -> None:
    [decision] = await office.held(declined(0))
    first, second = await two_tabs(office, undo=0, at=f"/{decision.task}")
    await first.judge("m")
    await first.page.keyboard.type("Ask the branch first.")
    await first.press("Escape")
    await first.later(400)
    await expect(second.verdict.get_by_role("textbox")).to_have_value("Ask the branch first.")
    await second.judge("a")
    ended = await office.client.wait(decision.name, timeout=60)
    assert ended.resolution is not None
    assert ended.resolution.comment == "Ask the branch first."
    await expect(first.verdict).to_have_count(0)
