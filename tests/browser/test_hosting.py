"""The page on a host of its own, which knows the server by config.json alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import Browser, expect

from andon_client import Outcome
from tests.browser.desk import Desk
from tests.browser.office import Office, declined
from tests.browser.office import office as opened
from tests.browser.static import hosted
from tests.golden.harness import token_of

BELOW = "review/"


async def visit(office: Office, host: str) -> Desk:
    """Opens the page on the other host."""
    desk = await office.desk(origin=host)
    await desk.page.goto(f"{host}/{BELOW}#token={token_of('reviewer')}")
    return desk


async def test_a_page_on_another_host_works_where_its_origin_is_allowed(browser: Browser, tmp_path: Path) -> None:
    async with opened(tmp_path, browser) as first:
        server = first.origin
        async with hosted(server, BELOW) as host:
            await first.close()
            await first.open(cors_origins=host)
            caller = asyncio.create_task(first.client.decide(declined(0), timeout=60))
            desk = await visit(first, host)
            await desk.judge("a")
            assert (await caller).outcome is Outcome.APPROVED
            assert desk.faults == []


async def test_a_page_on_another_host_says_that_it_can_not_reach_the_server(office: Office) -> None:
    async with hosted(office.origin, BELOW) as host:
        desk = await visit(office, host)
        desk.expect_errors("CORS policy|net::ERR_FAILED|status of 40")
        main = desk.page.get_by_role("main")
        await expect(main.get_by_role("alert")).to_contain_text("can't be reached")
        await expect(main).to_contain_text("cors_origins")
        await expect(main.get_by_role("button", name="Try again")).to_be_visible()
