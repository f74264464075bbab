"""Work that is more than one verdict: several reviewers, more time, breaks, changes by the caller, appeals."""

from __future__ import annotations

import re
from typing import Final

from playwright.async_api import expect

from andon.domain.clock import HOUR
from andon_client import Outcome, Proposal
from tests.browser.desk import Desk
from tests.browser.office import Office, letter
from tests.browser.test_access import check

BLIND: Final = "2 verdicts needed · others' verdicts stay hidden until yours is given"
CHANGED: Final = "The caller has changed this decision; read it again."

FORBIDDEN: Final = """
policy: letters
actions: ["letter.*"]
queue: letters
rules:
  - {id: stop, when: "true", route: block, reason: No letter leaves any more}
"""


def contract(number: int = 1) -> Proposal:
    """A decision on which two must agree."""
    return Proposal(
        action="contract.sign", confidence=0.9, input={"number": number}, prediction={"with": f"supplier {number}"}
    )


def invoice(pay: float = 40) -> Proposal:
    """A decision whose end can be contested."""
    return Proposal(action="invoice.pay", confidence=0.9, input={"number": 7}, prediction={"pay": pay})


async def settings(desk: Desk) -> None:
    """Opens the settings, by keyboard."""
    await desk.page.get_by_role("button", name=re.compile("settings$")).focus()
    await desk.press("Enter")
    await desk.page.get_by_role("switch", name="Available").wait_for()


async def test_two_agree_and_neither_is_told_of_the_other(office: Office) -> None:
    [decision] = await office.held(contract())
    first = await office.sit_down("reviewer")
    await expect(first.task.get_by_text(BLIND)).to_be_visible()
    await first.judge("a")
    await expect(first.slips).to_contain_text("Your approval is recorded; waiting for others.")
    await expect(first.mine).to_have_count(0)
    assert (await office.client.get(decision.name)).pending
    second = await office.sit_down("reviewer2")
    await expect(second.task).to_contain_text("A verdict was given (hidden until yours)")
    assert await check(second, "one of several") == []
    await second.judge("a")
    await expect(second.slips.get_by_role("listitem")).to_have_count(0)
    assert (await office.client.wait(decision.name, timeout=20)).outcome is Outcome.APPROVED


async def test_more_time_moves_the_deadline(office: Office) -> None:
    await office.held(contract())
    desk = await office.sit_down("reviewer")
    [before] = {job.task.expire_time for job in await office.jobs()}
    await expect(desk.task).to_contain_text(re.compile("due in (4 h 00|3 h 59) min"))
    await expect(desk.task.get_by_role("button", name="More time: +2 h")).to_be_visible()
    await desk.judge("t")
    await expect(desk.task).to_contain_text(re.compile("due in (6 h 00|5 h 59) min"))
    await expect(desk.verdict).to_contain_text(re.compile(r"More time: due .* now\."))
    await expect(desk.task.get_by_role("button", name=re.compile("More time"))).to_have_count(0)
    # Who else is asked has it, too.
    assert {job.task.expire_time for job in await office.jobs()} == {before + 2 * HOUR}
    await expect(desk.task).to_contain_text("reviewer asked for more time: +2 h")


async def test_what_is_skipped_goes_to_somebody_else(office: Office) -> None:
    [decision] = await office.held(letter(1))
    first = await office.sit_down("reviewer", undo=5)
    await first.judge("s")
    await expect(first.slips).to_contain_text("Skipped.")
    await first.later(6_000)
    await expect(first.mine).to_have_count(0)
    await office.advance("1m")
    assert await office.held_by("reviewer") == set()
    second = await office.sit_down("reviewer2")
    await expect(second.mine).to_have_count(1)
    assert await office.held_by("reviewer2") == {decision.task}
    await expect(second.task).to_contain_text("reviewer passed it on")


async def test_who_is_away_is_handed_nothing_until_they_are_back(office: Office) -> None:
    desk = await office.sit_down("reviewer")
    await expect(desk.page.get_by_text("Live").first).to_be_visible()
    await settings(desk)
    await desk.page.get_by_label("Away until").select_option("1 hour from now")
    await desk.page.get_by_role("switch", name="Available").focus()
    await desk.press("Space", "Escape")
    back = desk.page.get_by_role("button", name="I’m back")
    await expect(back).to_be_visible()
    await expect(desk.page.get_by_role("banner")).to_contain_text(re.compile(r"Away until \d\d:\d\d"))
    assert await check(desk, "away") == []
    [decision] = await office.held(letter(1))
    await expect(desk.rows).to_have_count(1)
    await desk.page.reload()
    await expect(back).to_be_visible()
    assert await office.held_by("reviewer") == set()
    await back.focus()
    await desk.press("Enter")
    await expect(desk.mine).to_have_count(1)
    assert await office.held_by("reviewer") == {decision.task}


async def test_what_its_caller_changes_is_read_again_before_it_is_judged(office: Office) -> None:
    [decision] = await office.held(invoice(40))
    desk = await office.sit_down("reviewer")
    await desk.judge("m")
    await desk.page.keyboard.type("he paid twice")
    amended = await office.client.amend(decision, invoice(60))
    await expect(desk.task.get_by_role("alert")).to_contain_text(CHANGED)
    await expect(desk.task).to_contain_text("60 EUR")
    await expect(desk.verdict.get_by_role("textbox")).to_be_focused()
    # Whoever types goes on typing: no letter of it becomes a verdict.
    await desk.page.keyboard.type(" a r")
    await desk.press("Escape")
    await desk.judge("a", "r")
    await expect(desk.verdict.get_by_role("button", name="Approve")).to_be_disabled()
    assert "Review" not in desk.calls
    await desk.task.get_by_role("button", name="I have read it").click()
    await expect(desk.task.get_by_role("alert")).to_have_count(0)
    await desk.judge("a")
    ended = await office.client.wait(decision.name, timeout=20)
    assert ended.resolution is not None
    assert (ended.payload_hash, ended.resolution.comment) == (amended.payload_hash, "he paid twice a r")


async def test_an_approval_that_stricter_policies_forbid_is_told_so(office: Office) -> None:
    [decision] = await office.held(letter(1))
    desk = await office.sit_down("reviewer", undo=5)
    desk.expect_errors("status of 4")
    await desk.judge("a")
    await expect(desk.slips).to_contain_text("Approved.")
    await office.server.rule({"letters.yaml": FORBIDDEN})
    await desk.later(6_000)
    await expect(desk.slips).to_contain_text(
        "Your verdict was refused. The policies are stricter now (rule stop): your verdict does not count"
    )
    assert (await office.client.wait(decision.name, timeout=20)).outcome is Outcome.BLOCKED


async def test_an_end_is_contested_and_judged_by_somebody_else(office: Office) -> None:
    [decision] = await office.held(invoice())
    first = await office.sit_down("reviewer")
    await first.judge("r")
    assert (await office.client.wait(decision.name, timeout=20)).outcome is Outcome.REJECTED
    lead = await office.sit_down("lead", at=f"/{decision.name}")
    await lead.page.get_by_role("button", name="Appeal").click()
    dialog = lead.page.get_by_role("dialog", name="Appeal")
    assert await check(lead, "appealing") == []
    await lead.page.keyboard.type("It was delivered.")
    await lead.press("Control+Enter")
    await expect(dialog).to_have_count(0)
    await expect(lead.page.get_by_role("region", name="Appeal")).to_contain_text("lead contested it")
    second = await office.sit_down("reviewer2")
    banner = second.task.get_by_role("region", name="Appeal, level 1")
    for words in ("contested by lead", "It was delivered.", "reviewer rejected it"):
        await expect(banner).to_contain_text(words)
    assert await check(second, "an appeal") == []
    await second.judge("a")
    await expect(second.mine).to_have_count(0)
    await lead.page.reload()
    appeal = lead.page.get_by_role("article", name="Appeal, level 1")
    await expect(appeal).to_contain_text("reviewer2 approved it")
    await expect(lead.page.get_by_role("region", name="How it ended")).to_contain_text("reviewer rejected it")
    assert await office.held_by("reviewer") == set()
