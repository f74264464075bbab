"""Signing in with an issuer, at a server in a process of its own."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from andon.auth.tokens import create_default
from andon_client import Client, Outcome
from tests.browser.desk import Desk
from tests.browser.issuer import CLIENT, Issuer, issuing
from tests.browser.office import OURS, letter
from tests.browser.test_access import check
from tests.process.harness import ServerProcess

IDENTITY: Final = """\
issuers:
  - issuer: {issuer}
    audience: andon
    client_id: {client}
    label: Example
    scopes: [openid, offline_access]
    map:
      - {{claim: groups, value: reviewers, roles: [reviewer], queues: ["*"], skills: ["*"]}}
"""
_NO_WAIT: Final = """
if (location.protocol.startsWith("http")) localStorage["andon.settings"] ??= '{"undoSeconds": 0, "takesTasks": true}';
"""


class House:
    """A server that trusts an issuer, the issuer, and somebody who submits."""

    def __init__(self, server: ServerProcess, issuer: Issuer, submitter: Client, browser: Browser) -> None:
        self.server: Final = server
        self.issuer: Final = issuer
        self.submitter: Final = submitter
        self._browser: Final = browser

    @property
    def origin(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.server.http_port}"

    @asynccontextmanager
    async def desk(self) -> AsyncIterator[Desk]:
        """A browser at the page, where nobody is signed in."""
        context = await self._browser.new_context(reduced_motion="reduce", locale="en-GB", timezone_id="UTC")
        await context.add_init_script(_NO_WAIT)
        desk = Desk(await context.new_page(), context, self.origin, {self.origin, self.issuer.url})
        await desk.prepare(None)
        await desk.page.goto(self.origin)
        yield desk
        await context.close()
        assert desk.faults == []


@pytest_asyncio.fixture(loop_scope="session")
async def house(tmp_path: Path, browser: Browser) -> AsyncIterator[House]:
    tokens = {principal.name: token for principal, token in create_default(tmp_path / "andon-tokens.yaml")}
    shutil.copytree(OURS, tmp_path / "policies")
    async with issuing() as issuer:
        file = tmp_path / "identity.yaml"
        file.write_text(IDENTITY.format(issuer=issuer.url, client=CLIENT))
        file.chmod(0o600)
        settings = {"identity": str(file), "policies": "policies", "policy-poll-interval": "100ms"}
        server = ServerProcess(tmp_path, settings)
        await server.start()
        try:
            async with Client(server.address, token=tokens["submitter"]) as submitter:
                yield House(server, issuer, submitter, browser)
        finally:
            await server.terminate()


async def sign_in(desk: Desk) -> None:
    """Signs in with the issuer."""
    await desk.page.get_by_role("button", name="Sign in with Example").click()
    await expect(desk.page.get_by_role("banner")).to_contain_text("anna")


# Tokens end by the machine's clock, for the server is another process.
@pytest.mark.timeout(240)
async def test_somebody_signs_in_judges_goes_on_when_it_ends_and_leaves(house: House) -> None:
    first, second = [await house.submitter.submit(letter(number)) for number in (1, 2)]
    async with house.desk() as desk:
        page = desk.page
        await expect(page.get_by_role("button", name="Sign in with Example")).to_be_visible()
        assert await check(desk, "sign-in") == []
        await sign_in(desk)
        assert not re.search("code|state", page.url)
        await desk.verdict.wait_for()
        opened = await desk.opened()
        [mine, other] = [first, second] if opened == first.task else [second, first]
        await page.wait_for_timeout(450)  # keys count from then on
        await desk.press("a")
        assert (await house.submitter.wait(mine.name, timeout=60)).outcome is Outcome.APPROVED
        await page.get_by_role("button", name="anna settings").click()
        settings = page.get_by_role("dialog", name="settings")
        await expect(settings).to_contain_text("Signed in withExample")

        # By tokens that soon end and are renewed, until the issuer does so no longer.
        house.issuer.life, house.issuer.renews = 8, True
        await settings.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("heading", name="Sign in to Andon")).to_be_visible()
        assert house.issuer.left == 1
        await sign_in(desk)
        await expect(page).to_have_url(f"{house.origin}/#/{other.task}")
        await desk.verdict.get_by_role("textbox").fill("Seen.")
        while not house.issuer.renewed:
            await page.wait_for_timeout(100)
        await expect(page.get_by_text("Your sign-in ends")).to_have_count(0)
        desk.expect_errors("status of 40[01]|ERR_INCOMPLETE_CHUNKED_ENCODING")
        house.issuer.renews = False
        await expect(page.get_by_text("Your sign-in has ended.")).to_be_visible(timeout=40_000)
        await expect(desk.verdict.get_by_role("textbox")).to_have_value("Seen.")

        house.issuer.life = 600
        await page.get_by_role("button", name="Sign in again").click()
        await expect(page.get_by_text("Your sign-in has ended.")).to_have_count(0)
        await expect(page).to_have_url(f"{house.origin}/#/{other.task}")
        await expect(desk.verdict.get_by_role("textbox")).to_have_value("Seen.")
        await page.get_by_role("button", name="anna settings").click()
        await settings.get_by_role("button", name="Sign out").click()
        await page.get_by_role("button", name="Delete it and sign out").click()
        await expect(page.get_by_role("button", name="Sign in with Example")).to_be_visible()
        assert await page.evaluate("JSON.stringify({...sessionStorage})") == "{}"
        assert "eyJ" not in await page.evaluate("JSON.stringify({...localStorage})")


@pytest.mark.timeout(120)
async def test_who_is_not_let_in_is_told_why(house: House) -> None:
    async with house.desk() as desk:
        house.issuer.denies = "access_denied"
        alert = desk.page.get_by_role("alert")
        button = desk.page.get_by_role("button", name="Sign in with Example")
        await button.click()
        await expect(alert).to_contain_text("Example did not let you in: access was denied.")
        assert "error=" not in desk.page.url

        house.issuer.denies, house.issuer.person = "", {"sub": "otto", "email": "otto@example.com"}
        desk.expect_errors("status of 401")
        await button.click()
        await expect(alert).to_contain_text("Example knows you as otto@example.com, but you have no rights here.")
        assert await check(desk, "no rights") == []

        await desk.page.goto(f"{house.origin}/?code=theirs&state=theirs")
        await expect(alert).to_contain_text("That sign-in was not begun in this tab")
        assert desk.page.url == f"{house.origin}/"
        await desk.page.get_by_role("button", name="Use a token instead").click()
        await expect(desk.page.get_by_label("Token", exact=True)).to_be_focused()
