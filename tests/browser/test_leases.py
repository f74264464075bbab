"""Who holds what: two reviewers, a server that restarts or goes down, a lease that is lost."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Locator, expect

from andon.domain.task import TaskState
from andon_client import Outcome
from tests.browser.desk import Desk
from tests.browser.office import Office, declined, letter
from tests.browser.wire import Wire
from tests.golden.harness import PRINCIPALS, token_of

CONNECTION = r"net::ERR_|status of (409|503)"
LOST = re.compile(r"The connection is lost\..* Reconnecting\.")
DRAFT = "Ask the branch first."


def connection(desk: Desk) -> Locator:
    """What the page says of its connection."""
    return desk.page.get_by_role("banner").get_by_role("status")


async def write_draft(desk: Desk) -> None:
    """A comment that is written and not sent."""
    await desk.judge("m")
    await desk.page.keyboard.type(DRAFT)
    await desk.press("Escape")


async def test_two_reviewers_never_hold_the_same_task(office: Office) -> None:
    await office.held(*(declined(number) for number in range(12)))
    ada = await office.sit_down("reviewer", credits=4)
    bob = await office.sit_down("reviewer2", credits=4)
    for _ in range(2):
        await expect(ada.mine).to_have_count(4)
        await expect(bob.mine).to_have_count(4)
        hers, his = await ada.names_of_mine(), await bob.names_of_mine()
        assert not hers & his
        assert (hers, his) == (await office.held_by("reviewer"), await office.held_by("reviewer2"))
        judged = (await ada.opened(), await bob.opened())
        assert judged[0] in hers
        assert judged[1] in his
        await asyncio.gather(ada.judge("a"), bob.judge("a"))
        for desk, task in zip((ada, bob), judged, strict=True):
            await expect(desk.row(task)).to_have_count(0)
    assert len(await office.jobs(TaskState.REVIEWED)) == 4


async def test_what_one_holds_the_other_only_looks_at(office: Office) -> None:
    [decision] = await office.held(declined(0))
    ada = await office.sit_down("reviewer")
    await ada.verdict.wait_for()
    bob = await office.sit_down("reviewer2", at=f"/{decision.task}")
    await expect(bob.task.get_by_role("status").first).to_contain_text("reviewer holds this task")
    await expect(bob.verdict).to_have_count(0)
    await bob.later(1_000)
    await bob.press("a", "r", "s")
    assert not {"Review", "ReleaseTask"} & set(bob.calls)


async def test_a_restart_costs_nothing(office: Office) -> None:
    [decision] = await office.held(declined(0))
    desk = await office.sit_down("reviewer")
    await write_draft(desk)
    desk.expect_errors(CONNECTION)
    await office.close()
    await expect(connection(desk)).to_have_text(LOST)
    await office.open()
    await desk.later(15_000)
    await expect(connection(desk)).to_have_text("Live")
    assert await office.held_by("reviewer") == {decision.task} == await desk.names_of_mine()
    await expect(desk.verdict.get_by_role("textbox")).to_have_value(DRAFT)
    caller = asyncio.create_task(office.client.wait(decision.name, timeout=60))
    await desk.judge("a")
    ended = await caller
    assert ended.resolution is not None
    assert (ended.outcome, ended.resolution.comment) == (Outcome.APPROVED, DRAFT)


async def test_a_verdict_given_while_the_server_is_away_arrives_later(office: Office) -> None:
    [decision] = await office.held(declined(0))
    desk = await office.sit_down("reviewer")
    await desk.verdict.wait_for()
    desk.expect_errors(CONNECTION)
    await office.close()
    await desk.judge("a")
    await expect(desk.slips).to_contain_text("Not sent yet: the server does not answer. Trying again.")
    await office.open()
    await desk.later(20_000)
    assert (await office.client.wait(decision.name, timeout=60)).outcome is Outcome.APPROVED
    await expect(desk.slips).to_have_count(0)


async def test_a_drain_is_told_and_survived(office: Office) -> None:
    [decision] = await office.held(declined(0))
    desk = await office.sit_down("reviewer", undo=5)
    await write_draft(desk)
    desk.expect_errors(CONNECTION)
    # A renewal may be under way when the verdict is recorded.
    desk.expect_errors("status of 400")
    async with asyncio.timeout(10):
        await office.server.drain()
    await expect(connection(desk)).to_have_text(LOST)
    await desk.judge("a")
    await office.close()
    await office.open()
    await desk.later(20_000)
    assert (await office.client.wait(decision.name, timeout=60)).outcome is Outcome.APPROVED


async def test_a_lost_lease_is_said_and_the_draft_kept(office: Office) -> None:
    [decision] = await office.held(declined(0))
    async with Wire.to(office.server.app.http_port) as wire:
        desk = await office.sit_down("reviewer", credits=1, origin=wire.origin)
        await write_draft(desk)
        desk.expect_errors(CONNECTION)
        await office.server.without_stream(wire.cut)
        await expect(connection(desk)).to_have_text(LOST)
        async with office.as_client("reviewer2") as other, other.reviewer().stream() as tasks:
            await office.server.advance("2m")
            assert (await anext(aiter(tasks))).name == decision.task
            wire.mend()
            await desk.later(20_000)
            await expect(desk.task.get_by_role("alert")).to_contain_text(
                "This task is not yours any more: reviewer2 holds it. Nothing was decided."
            )
            await expect(desk.verdict.get_by_role("textbox")).to_have_value(DRAFT)
            for name in ("Approve", "Reject", "Correct", "Escalate", "Skip"):
                await expect(desk.verdict.get_by_role("button", name=name)).to_be_disabled()
            await desk.judge("a", "r", "c", "s")
            assert not {"Review", "ReleaseTask"} & set(desk.calls)
            assert await office.held_by("reviewer2") == {decision.task}
            await desk.page.reload()
            await expect(desk.task.get_by_role("status").first).to_contain_text("reviewer2 holds this task")


@pytest.fixture
def clerk(monkeypatch: pytest.MonkeyPatch) -> str:
    """Somebody who works on one queue, and does not follow a task that is handed on."""
    monkeypatch.setitem(PRINCIPALS, "clerk", 'roles: [reviewer], queues: [credit], skills: ["*"]')
    return "clerk"


async def test_an_escalation_elsewhere_is_said_and_the_draft_kept(clerk: str, office: Office) -> None:
    [decision] = await office.held(declined(0))
    desk = await office.sit_down(clerk, credits=1)
    # What is in the other queue is not theirs to see.
    desk.expect_errors("status of 404")
    await write_draft(desk)
    # Only who holds the lease can; theirs is the terminal beside the page.
    [job] = await office.jobs(TaskState.LEASED)
    assert job.task.lease is not None
    answer = await desk.context.request.post(
        f"{office.origin}/andon.v1.ReviewService/EscalateTask",
        headers={"authorization": f"Bearer {token_of(clerk)}"},
        data={"name": decision.task, "leaseToken": job.task.lease.token},
    )
    assert answer.ok, await answer.text()
    await expect(desk.task.get_by_role("alert")).to_contain_text(
        "This task is not yours any more: it has been escalated to credit-senior. Nothing was decided."
        " What you wrote is kept here for a week."
    )
    await expect(desk.verdict.get_by_role("textbox")).to_have_value(DRAFT)
    for name in ("Approve", "Reject", "Correct", "Escalate", "Skip"):
        await expect(desk.verdict.get_by_role("button", name=name)).to_be_disabled()
    await desk.judge("a", "r", "c", "s")
    assert not {"Review", "ReleaseTask", "EscalateTask"} & set(desk.calls)
    assert (await office.client.get(decision.name)).pending


async def renewals(office: Office, desk: Desk, count: int) -> None:
    """Lets time go on, in spans in which each lease is renewed once."""
    for _ in range(count):
        async with desk.page.expect_response("**/RenewLease"):
            await desk.later(25_000)
        await office.server.advance("25s")


async def test_a_lease_is_renewed_while_somebody_is_there_and_lapses_when_nobody_is(office: Office) -> None:
    [decision] = await office.held(declined(0))
    desk = await office.sit_down("reviewer", credits=1)
    await desk.verdict.wait_for()
    await renewals(office, desk, 23)
    assert await office.held_by("reviewer") == {decision.task}
    await expect(desk.verdict.get_by_role("button", name="Approve")).to_be_enabled()
    await desk.later(26_000)
    notice = desk.task.get_by_text("Are you still there? The lease is left to lapse.")
    await expect(notice).to_be_visible()
    async with desk.page.expect_response("**/RenewLease"):
        await desk.press("Shift")
    await expect(notice).to_have_count(0)


async def test_what_somebody_left_lying_goes_to_another(office: Office) -> None:
    [decision] = await office.held(declined(0))
    ada = await office.sit_down("reviewer", credits=1)
    await ada.verdict.wait_for()
    await ada.later(11 * 60_000)
    away = ada.page.get_by_text(re.compile("You have been away; .* Any key or click takes tasks again."))
    await expect(away).to_be_visible()
    await expect(connection(ada)).to_have_text("Live")
    await office.server.advance("2m")
    await expect(ada.mine).to_have_count(0)
    await expect(away).to_contain_text("nothing is held for you")
    bob = await office.sit_down("reviewer2", credits=1)
    await expect(bob.mine).to_have_count(1)
    assert await office.held_by("reviewer2") == {decision.task}
    [second] = await office.held(declined(1))
    await expect(ada.row(second.task)).to_have_count(1)
    assert await office.held_by("reviewer") == set()
    await ada.press("Shift")
    await expect(ada.mine).to_have_count(1)
    await expect(away).to_have_count(0)


async def test_who_signs_out_gives_back_what_was_theirs(office: Office) -> None:
    [decision] = await office.held(declined(0))
    ada = await office.sit_down("reviewer", credits=1)
    await ada.verdict.wait_for()
    await ada.page.get_by_role("button", name="reviewer settings").click()
    await ada.page.get_by_role("button", name="Sign out").click()
    await expect(ada.page.get_by_label("Token")).to_be_visible()
    async with office.as_client("reviewer2") as other, other.reviewer().stream() as tasks:
        assert (await anext(aiter(tasks))).name == decision.task


async def test_a_new_task_is_on_the_page_without_reload(office: Office) -> None:
    desk = await office.sit_down("reviewer")
    await expect(desk.page.get_by_text("All done. The next task that fits you comes by itself.")).to_be_visible()
    await office.held(letter(1))
    await expect(desk.mine).to_have_count(1)
    assert desk.calls.count("Stream") == 1
