"""The page in a real Chromium, where the machine has one: nothing is asked for, nothing sticks out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.browser.chromium import executable, launched
from tests.evidence.desk import REFUND, Evidence, judge, seal, submit
from tests.golden.harness import Server

pytestmark = pytest.mark.skipif(executable() is None, reason="no Chromium is installed")
WIDTHS = (360, 768, 1280)


async def test_it_fits_every_width_and_asks_for_nothing(server: Server, evidence: Evidence) -> None:
    decision = await submit(server, replace(REFUND, input={"y" * 100: "y" * 3_000, "z": "z" * 240}))
    await judge(server, "reviewer", "correct", {"amount": 300}, "z" * 500)
    await seal(server)
    made = await evidence(decision.name)
    async with launched() as browser:
        page = await browser.new_page()
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 800})
            await page.set_content(made.text)
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
        assert await page.locator("h2").count() == 8
        assert await page.evaluate("getComputedStyle(document.querySelector('.outcome')).fontSize") != "16px"
    assert (asked, said) == ([], [])
