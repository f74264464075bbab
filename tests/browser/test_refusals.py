"""A verdict that the server refuses says why; what can't be undone has to be read first."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

from playwright.async_api import Route, expect

from andon.domain.clock import SECOND
from andon_client import Outcome
from andon_client._gen.andon.v1 import review_service_pb2 as reviews
from tests.browser.desk import Desk
from tests.browser.office import Office, declined, letter

# The browser itself reports an answer that is no success.
REFUSED = r"status of 4\d\d"
LONG = "We are sorry for the delay. " * 40


async def tampered(desk: Desk, change: Callable[[reviews.ReviewRequest], None]) -> None:
    """Changes verdicts on their way to the server."""

    async def pass_on(route: Route) -> None:
        request = reviews.ReviewRequest.FromString(route.request.post_data_buffer or b"")
        change(request)
        await route.continue_(post_data=request.SerializeToString())

    desk.expect_errors(REFUSED)
    await desk.page.route("**/andon.v1.ReviewService/Review", pass_on)


async def test_a_correction_that_the_server_refuses_names_the_field(office: Office) -> None:
    def too_high(request: reviews.ReviewRequest) -> None:
        request.corrected_prediction["limit"] = 30_000

    await office.held(declined(0))
    desk = await office.sit_down("reviewer")
    await tampered(desk, too_high)
    await desk.judge("c")
    await expect(desk.task.get_by_role("combobox", name="Proposal")).to_be_focused()
    await desk.page.keyboard.type("grant")
    await desk.press("Tab", "Control+a")
    await desk.page.keyboard.type("1500")
    await desk.press("Control+Enter")
    alert = desk.task.get_by_role("alert")
    await expect(alert).to_contain_text("The correction does not fit what the policy allows.")
    await expect(alert).to_contain_text(re.compile("limit.*30000.*20000"))
    await expect(desk.task.get_by_role("textbox", name="Limit")).to_have_value("1500")


async def test_a_payload_that_has_changed_is_told(office: Office) -> None:
    def other(request: reviews.ReviewRequest) -> None:
        request.payload_hash = "0" * 64

    [decision] = await office.held(declined(0))
    desk = await office.sit_down("reviewer")
    await tampered(desk, other)
    await desk.judge("a")
    await expect(desk.task.get_by_role("alert")).to_contain_text("The caller has changed this decision; read it again.")
    await expect(desk.verdict.get_by_role("button", name="Approve")).to_be_disabled()
    assert (await office.client.get(decision.name)).pending


async def test_a_task_that_ended_meanwhile_is_told(office: Office) -> None:
    [decision, _] = await office.held(declined(0), declined(1))
    desk = await office.sit_down("reviewer", undo=5, at=f"/{decision.task}")
    desk.expect_errors(REFUSED)
    await expect(desk.mine).to_have_count(2)
    await desk.verdict.wait_for()
    await desk.stand_still()
    await desk.judge("a")
    slip = desk.page.get_by_role("region", name="Verdicts on their way")
    await expect(slip).to_contain_text("Approved.")
    await office.client.cancel(decision)
    await desk.later(6_000)
    await expect(slip).to_contain_text(
        "Your verdict was refused. The task had ended before this arrived. Your verdict does not count."
    )
    assert (await office.client.get(decision.name)).outcome is Outcome.CANCELLED


async def test_a_task_that_never_was_is_told_as_a_decision_is(office: Office) -> None:
    desk = await office.sit_down("lead", at="/tasks/nope")
    desk.expect_errors(r"status of 400")
    await expect(desk.page.get_by_text("No such task", exact=True)).to_be_visible()
    await expect(desk.task.get_by_role("alert")).to_contain_text("It does not exist, or it is not yours to see")
    await desk.page.goto(f"{office.origin}/#/decisions/nope")
    await expect(desk.page.get_by_role("main")).to_contain_text("It does not exist, or it is not yours to see")


async def test_a_withdrawn_decision_can_not_be_judged(office: Office) -> None:
    [decision] = await office.held(declined(0))
    desk = await office.sit_down("reviewer")
    await desk.verdict.wait_for()
    await office.client.cancel(decision)
    ended = desk.task.get_by_role("status").first
    await expect(ended).to_contain_text(re.compile("The submitter has (withdrawn|cancelled) this decision"))
    await expect(desk.verdict).to_have_count(0)


def as_evidence(details: Any) -> dict[str, Any]:
    """What a verdict's event says of what was shown."""
    shown: dict[str, Any] = details["shown"]
    return shown


async def test_what_can_not_be_undone_is_read_before_it_is_approved(office: Office) -> None:
    proposal = letter(irreversible=True, prediction={"to": "customer 1", "text": LONG}, reasoning=LONG)
    caller = asyncio.create_task(office.client.decide(proposal, timeout=60))
    desk = await office.sit_down("reviewer")
    await expect(desk.task).to_contain_text("This can't be undone once it is approved.")
    await desk.judge("a")
    told = desk.verdict.get_by_role("status")
    await expect(told).to_have_text("2 fields have to be opened first: this can't be undone.")
    await desk.press("Enter", "a")
    await expect(told).to_contain_text("1 field has to be opened first")
    await desk.press("o", "Enter")
    await expect(told).to_have_text("All fields are open now.")
    await expect(desk.task.get_by_text(LONG.strip()).first).to_be_visible()
    assert "Review" not in desk.calls
    await office.advance("3s")
    await desk.press("a")
    decision = await caller
    assert decision.outcome is Outcome.APPROVED
    [given] = [event async for event in office.client.history(decision) if "shown" in event.details]
    shown = as_evidence(given.details)
    assert re.fullmatch("[0-9a-f]{64}", shown["digest"])
    assert shown["opened"] == ["prediction.text", "reasoning"]
    assert not shown.get("unopened")
    assert shown["view_time"] >= 3 * SECOND


async def test_the_server_insists_on_what_the_page_forgot(office: Office) -> None:
    def forget(request: reviews.ReviewRequest) -> None:
        request.shown.unopened.append("prediction.text")

    await office.held(letter(irreversible=True))
    desk = await office.sit_down("reviewer")
    await tampered(desk, forget)
    await desk.judge("a")
    await expect(desk.task.get_by_role("alert")).to_contain_text("open every long or covered field first")
