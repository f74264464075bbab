"""What the policies keep from a reviewer: it is nowhere in the page, and no verdict waits for it."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from playwright.async_api import expect

from andon_client import Decision, Outcome
from andon_client import Proposal as Submission
from tests.browser.desk import Desk
from tests.browser.office import Office

ACCOUNT: Final = "DE89 3704 0044 0532 0130 00"
PATIENT: Final = "Erika Mustermann"
CLAIM: Final[dict[str, Any]] = {
    "action": "claim.pay",
    "confidence": 0.9,
    "input": {"treatment": "a broken arm", "patient": {"name": PATIENT}, "xray": "data:image/png;base64,AAAA"},
    "prediction": {"pay": 120.5, "account": ACCOUNT},
    "reasoning": "The treatment is covered.",
    "subject": "patients/17",
}


def blocked(office: Office) -> asyncio.Task[Decision]:
    """A caller who waits for the end of a claim."""
    return asyncio.create_task(office.client.decide(Submission(**CLAIM), timeout=60))


async def text_of(desk: Desk) -> str:
    """All that the page holds, also where it is hidden."""
    return str(await desk.page.content())


async def test_a_reviewer_judges_without_what_is_kept_and_has_nothing_to_open(office: Office) -> None:
    caller = blocked(office)
    desk = await office.sit_down("reviewer")
    await expect(desk.task.get_by_role("heading", level=1)).to_contain_text("Pays 120.50 EUR for a broken arm")
    await expect(desk.task.get_by_text("kept from your role")).to_have_count(4)
    for secret in (ACCOUNT, PATIENT, "patients/17", "base64,AAAA"):
        assert secret not in await text_of(desk)
    await desk.judge("a")
    decision = await caller
    assert (decision.outcome, decision.prediction) == (Outcome.APPROVED, CLAIM["prediction"])


async def test_a_correction_leaves_what_is_kept_as_it_was(office: Office) -> None:
    caller = blocked(office)
    desk = await office.sit_down("reviewer")
    await desk.judge("c")
    account = desk.task.get_by_role("textbox", name="Account")
    await expect(account).to_have_value("[masked]")
    await expect(account).not_to_be_editable()
    pay = desk.task.get_by_role("textbox", name="Pay")
    await pay.fill("99.5")
    await expect(desk.task.get_by_role("table", name="What the correction changes").get_by_role("row")).to_have_count(2)
    await desk.press("Control+Enter")
    decision = await caller
    assert (decision.outcome, decision.prediction) == (Outcome.CORRECTED, {"pay": 99.5, "account": ACCOUNT})


async def test_a_lead_is_shown_it_and_the_page_of_the_decision_says_who_was(office: Office) -> None:
    (decision,) = await office.held(Submission(**CLAIM))
    desk = await office.sit_down("lead", at=f"/{decision.name}")
    await expect(desk.page.get_by_text(PATIENT)).to_be_visible()
    await expect(desk.page.get_by_text("kept from your role")).to_have_count(1)
    await desk.page.reload()
    story = desk.page.get_by_role("region", name="What happened")
    await expect(story.get_by_text("read its sensitive fields")).to_be_visible()


async def test_a_reviewer_is_led_nowhere_by_a_subject_that_is_kept(office: Office) -> None:
    (decision,) = await office.held(Submission(**CLAIM))
    desk = await office.sit_down("reviewer", at=f"/{decision.name}")
    await expect(desk.page.get_by_text("about kept from your role, submitted by submitter")).to_be_visible()
    assert "patients/17" not in await text_of(desk)
