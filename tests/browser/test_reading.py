"""What leads and auditors read: decisions, the figures, the policies."""

from __future__ import annotations

import json
import re

from playwright.async_api import expect

from andon_client import Outcome
from tests.browser.office import Office, declined, judged


async def test_a_decision_is_found_and_told(office: Office) -> None:
    await judged(office)
    desk = await office.sit_down("lead", at="/decisions")
    found = desk.page.get_by_role("table", name="Decisions found")
    await expect(found.get_by_role("row")).to_have_count(4)
    await desk.press("/")
    await desk.page.keyboard.type("smaller limit")
    await desk.press("Enter")
    await expect(found.get_by_role("row")).to_have_count(2)
    await found.get_by_role("link").first.click()
    main = desk.page.get_by_role("main")
    ended = main.get_by_role("region", name="How it ended")
    await expect(ended).to_contain_text("reviewer corrected it")
    await expect(ended).to_contain_text("A smaller limit will do.")
    await expect(ended.get_by_role("table", name="Changed fields")).to_contain_text("1500")
    await expect(main.get_by_role("region", name="Why it was routed so")).to_contain_text("Nobody is declined")
    await expect(main.get_by_role("region", name="What the AI proposed")).to_contain_text("decline")
    moments = main.get_by_role("list", name="Timeline").get_by_role("listitem")
    await expect(moments.first).to_contain_text("submitter")
    await expect(moments.last).to_contain_text("reviewer")


async def test_a_link_carries_the_search(office: Office) -> None:
    await judged(office)
    desk = await office.sit_down("lead", at="/decisions")
    found = desk.page.get_by_role("table", name="Decisions found")
    await expect(found.get_by_role("row")).to_have_count(4)
    await desk.press("f")
    await desk.page.get_by_label("Outcome").select_option("Rejected")
    await expect(found.get_by_role("row")).to_have_count(2)
    other = await office.sit_down("auditor", at=desk.page.url.partition("#")[2])
    await expect(other.page.get_by_role("table", name="Decisions found").get_by_role("row")).to_have_count(2)
    await expect(other.page.get_by_role("table", name="Decisions found")).to_contain_text("rejected")


async def test_insight_counts_the_verdicts_just_given(office: Office) -> None:
    await judged(office)
    await office.held(declined(3))
    await office.server.advance("1m")
    desk = await office.sit_down("lead", at="/insight")
    rates = desk.page.get_by_role("table", name="Override rates")
    await expect(rates.get_by_role("row", name=re.compile("credit.decide"))).to_contain_text("67 %")
    await expect(rates).to_contain_text("n = 3: 1 rejected, 1 corrected")
    queues = desk.page.get_by_role("table", name="Queues now")
    await expect(queues.get_by_role("row", name=re.compile("^credit"))).to_contain_text("1")
    reviewers = desk.page.get_by_role("table", name="Reviewers")
    await expect(reviewers.get_by_role("row", name=re.compile("^reviewer"))).to_contain_text(
        "1 approved, 1 rejected, 1 corrected"
    )


async def test_a_policy_is_tried_and_nothing_is_kept(office: Office) -> None:
    desk = await office.sit_down("lead", at="/policies")
    decision = {
        "action": "credit.decide",
        "confidence": 0.99,
        "prediction": {"decision": "decline", "limit": 0},
        "attributes": {"amount": 9_000},
    }
    text = desk.page.get_by_role("textbox", name="Decision as JSON")
    await text.fill(json.dumps(decision))
    await desk.page.get_by_role("button", name="Try this decision").click()
    result = desk.page.get_by_role("region", name="Result")
    await expect(result).to_contain_text("It would be held until a person has judged it.")
    rules = result.get_by_role("list", name="Rules").get_by_role("listitem")
    await expect(rules.filter(has_text="Nobody is declined by a machine alone")).to_contain_text("matched")
    await expect(rules.filter(has_text="More than 7,500 DM")).to_contain_text("matched")
    decision["prediction"] = {"decision": "grant", "limit": 900}
    decision["attributes"] = {"amount": 900}
    await text.fill(json.dumps(decision))
    await desk.press("Control+Enter")
    await expect(result).to_contain_text("It would pass without a person.")
    await text.fill("{")
    await desk.press("Control+Enter")
    await expect(text).to_have_attribute("aria-invalid", "true")
    assert [each async for each in office.client.decisions()] == []


async def test_a_verdict_on_the_page_is_in_the_story(office: Office) -> None:
    [decision] = await office.held(declined(0))
    desk = await office.sit_down("reviewer")
    await desk.judge("a")
    assert (await office.client.wait(decision.name, timeout=60)).outcome is Outcome.APPROVED
    await desk.page.goto(f"{office.origin}/#/{decision.name}")
    await expect(desk.page.get_by_role("region", name="How it ended")).to_contain_text("reviewer approved it")


async def test_a_receipt_is_shown_and_proved_in_the_browser(office: Office) -> None:
    decision = (await judged(office))[0]
    desk = await office.sit_down("auditor", at=f"/{decision.name}")
    await desk.page.get_by_role("button", name="Receipt").click()
    dialog = desk.page.get_by_role("dialog", name="Receipt")
    await expect(dialog.get_by_role("status")).to_contain_text("Genuine: signed by key ")
    await expect(dialog).to_contain_text(decision.payload_hash)
    async with desk.page.expect_download() as started:
        await dialog.get_by_role("button", name="Download").click()
    kept = await (await started.value).path()
    assert kept.read_text().count(".") == 2


async def test_an_erased_decision_says_so_and_not_that_nothing_was_given(office: Office) -> None:
    decision = (await judged(office))[0]
    async with office.as_client("admin") as admin:
        await admin.erase(decision=decision.name, reason="Asked for by letter.")
    desk = await office.sit_down("auditor", at=f"/{decision.name}")
    proposed = desk.page.get_by_role("region", name="What the AI proposed")
    await expect(proposed).to_contain_text("Its personal data was erased on 1 Jan 2026")
    await expect(proposed).not_to_contain_text("not given")
    await expect(proposed).not_to_contain_text("(no ")
    await desk.page.get_by_role("button", name="Receipt").click()
    await expect(desk.page.get_by_role("dialog", name="Receipt").get_by_role("status")).to_contain_text("Genuine")
