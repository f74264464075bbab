"""Signing in and out, and what each role meets."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from andon_client import Outcome
from tests.browser.desk import Desk
from tests.browser.office import Office, declined
from tests.golden.harness import token_of

UNKNOWN = r"status of 401"


async def sign_in(desk: Desk, token: str) -> None:
    """Types a token, and sends it."""
    await desk.page.get_by_label("Token").fill(token)
    await desk.press("Enter")


async def test_the_token_leaves_the_address_and_the_history(office: Office) -> None:
    desk = await office.sit_down("reviewer")
    await expect(desk.page.get_by_role("banner")).to_contain_text("reviewer")
    assert "token" not in desk.page.url
    await desk.page.goto(f"{office.origin}/#/decisions")
    await desk.page.go_back()
    await expect(desk.page.get_by_role("main", name="Inbox")).to_be_visible()
    assert "token" not in desk.page.url
    assert not [request.url for request in desk.requests if "token" in request.url]


async def test_a_wrong_token_says_so(office: Office) -> None:
    desk = await office.sit_down("")
    desk.expect_errors(UNKNOWN)
    await sign_in(desk, "andon_" + "0" * 64)
    words = "the bearer token is malformed, unknown or expired"
    await expect(desk.page.get_by_role("main")).to_contain_text(words)
    field = desk.page.get_by_label("Token", exact=True)
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_have_accessible_description(re.compile(words))
    await sign_in(desk, token_of("reviewer"))
    await expect(desk.page.get_by_role("main", name="Inbox")).to_be_visible()


async def test_signing_out_forgets_the_token(office: Office) -> None:
    await office.held(declined(0))
    desk = await office.sit_down("reviewer")
    await desk.verdict.wait_for()
    await desk.page.get_by_role("button", name="reviewer settings").click()
    await desk.page.get_by_role("button", name="Sign out").click()
    await expect(desk.page.get_by_role("heading", name="Sign in to Andon")).to_be_visible()
    assert token_of("reviewer") not in await desk.page.evaluate(
        "JSON.stringify([{...sessionStorage}, {...localStorage}])"
    )
    await desk.page.reload()
    await expect(desk.page.get_by_role("heading", name="Sign in to Andon")).to_be_visible()


async def test_a_shared_link_outlives_the_sign_in(office: Office) -> None:
    [decision] = await office.held(declined(0))
    desk = await office.sit_down("", at=f"/{decision.name}")
    await sign_in(desk, token_of("lead"))
    await expect(desk.page.get_by_role("main").get_by_role("heading", level=1)).to_contain_text("credit.decide")
    assert desk.page.url.endswith(f"#/{decision.name}")


async def test_an_auditor_looks_and_judges_nothing(office: Office) -> None:
    [decision] = await office.held(declined(0))
    desk = await office.sit_down("auditor")
    await expect(desk.page.get_by_text("You may look, and judge nothing: no task is leased to you.")).to_be_visible()
    await expect(desk.row(decision.task)).to_be_visible()
    await desk.press("j", "Enter")
    await expect(desk.task.get_by_role("heading", level=1)).to_contain_text(": decline ")
    await expect(desk.verdict).to_have_count(0)
    await desk.later(1_000)
    await desk.press("a", "r", "c", "e", "s", "x")
    assert not {"Review", "ReleaseTask", "EscalateTask"} & set(desk.calls)
    assert (await office.client.get(decision.name)).pending
    assert await office.held_by("auditor") == set()


async def test_a_submitter_has_no_inbox(office: Office) -> None:
    [decision] = await office.held(declined(0))
    desk = await office.sit_down("submitter")
    await expect(desk.page.get_by_role("main")).to_contain_text("Your role has no inbox")
    await desk.page.get_by_role("link", name="Decisions").first.click()
    await expect(desk.page.get_by_role("table", name="Decisions found")).to_contain_text(declined(0).subject)
    await desk.page.goto(f"{office.origin}/#/{decision.name}")
    await expect(desk.page.get_by_role("region", name="Why it was routed so")).to_contain_text("Nobody is declined")


async def test_help_lists_the_keys_in_force(office: Office) -> None:
    await office.held(declined(0))
    desk = await office.sit_down("reviewer")
    await desk.verdict.wait_for()
    await desk.press("?")
    dialog = desk.page.get_by_role("dialog", name="Keys")
    for words in ("Approve", "Reject", "Correct", "Escalate", "Skip", "Next task", "Search"):
        await expect(dialog).to_contain_text(words)
    await desk.later(1_000)
    await desk.press("a")
    await desk.press("Escape")
    await expect(dialog).to_have_count(0)
    assert "Review" not in desk.calls


BLOCKED = {
    "not there": "() => { throw new DOMException('denied', 'SecurityError') }",
    "takes nothing": """() => new Proxy({ length: 0, getItem: () => null, key: () => null, removeItem() {} }, {
        get: (kept, name) => name in kept ? kept[name] : () => { throw new DOMException('', 'QuotaExceededError') },
    })""",
}


@pytest.mark.parametrize("storage", BLOCKED)
async def test_a_browser_that_keeps_nothing_can_be_worked_with(office: Office, storage: str) -> None:
    [decision] = await office.held(declined(0))
    desk = await office.desk()
    desk.expect_errors("^error: denied$")  # The test's own settings are not kept, either.
    await desk.context.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        f" Object.defineProperty(window, name, {{ get: {BLOCKED[storage]} }});"
    )
    await desk.page.goto(f"{office.origin}/#token={token_of('reviewer')}")
    await expect(desk.task.get_by_text("This browser keeps nothing for the page: drafts are lost")).to_be_visible()
    await desk.judge("m")
    await desk.page.keyboard.type("Seen.")
    await desk.press("Escape")
    await expect(desk.verdict.get_by_role("textbox")).to_have_value("Seen.")
    await desk.judge("a")
    await expect(desk.slips).to_contain_text("Approved.")
    await desk.later(6_000)
    assert (await office.client.wait(decision.name, timeout=60)).outcome is Outcome.APPROVED
    await desk.page.reload()
    await expect(desk.page.get_by_role("heading", name="Sign in to Andon")).to_be_visible()


async def test_all_settings_can_be_reached_in_a_low_window(office: Office) -> None:
    desk = await office.sit_down("reviewer", viewport={"width": 1366, "height": 600})
    await desk.page.get_by_role("button", name="reviewer settings").click()
    settings = desk.page.get_by_role("dialog", name="settings")
    last = settings.get_by_role("button", name="Sign out")
    await last.scroll_into_view_if_needed()
    await expect(last).to_be_in_viewport(ratio=1)
    box = await settings.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 600
