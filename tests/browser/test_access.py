"""No page has a fault that keeps somebody from using it, by the rules of axe-core."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal

import pytest
from playwright.async_api import expect

from tests.browser.desk import Desk
from tests.browser.office import Office, declined, judged, letter

AXE: Final = Path(__file__).resolve().parents[2] / "clients/web/node_modules/axe-core/axe.min.js"
# Inherited colours change level by level, a frame each.
_CALM: Final = """
async () => {
  for (let calm = 0; calm < 3; calm = document.getAnimations().length ? 0 : calm + 1)
    await new Promise(requestAnimationFrame);
}
"""
GRAVE: Final = ("serious", "critical")
WIDTHS: Final = (390, 1024, 1440)
SCHEMES: Final[dict[Literal["light", "dark"], str]] = {
    "light": "{resultTypes: ['violations']}",
    "dark": "{runOnly: ['color-contrast', 'link-in-text-block']}",
}
pytestmark = pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed (make web)")


async def check(desk: Desk, name: str) -> list[str]:
    """What is seriously wrong with the page as it stands, by light and, in what colours can change, in the dark."""
    page = desk.page
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text("utf-8") + "; 0")
    faults = []
    for scheme, options in SCHEMES.items():
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", scheme)
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 900})
            await page.evaluate(_CALM)
            faults += await violations(desk, f"{name}, {scheme}, {width} px", options)
    return faults


async def violations(desk: Desk, name: str, options: str) -> list[str]:
    """What axe finds that is serious or worse."""
    found: list[dict[str, Any]] = await desk.page.evaluate(
        f"axe.run(document, {options}).then(({{violations}}) => violations)"
    )
    return [
        f"{name}: {one['id']} ({one['impact']}): {node['html'][:160]} {node['failureSummary'][:300]}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"][:2]
    ]


async def pages(office: Office, desk: Desk, decision: str) -> list[str]:
    """The faults of every page of a lead who has work."""
    page, main = desk.page, desk.page.get_by_role("main")
    await expect(desk.mine).to_have_count(2)
    faults = await check(desk, "inbox")
    await page.goto(f"{office.origin}/#/{next(iter(sorted(await office.held_by('lead'))))}")
    await desk.verdict.wait_for()
    await expect(desk.task.get_by_text("submitted it")).to_be_visible()
    faults += await check(desk, "task")
    await desk.judge("c")
    await expect(desk.task.get_by_role("region", name="Your correction").locator("input").first).to_be_visible()
    faults += await check(desk, "correction")
    for address, landmark in (
        (f"/{decision}", main.get_by_role("list", name="Timeline")),
        ("/decisions", main.get_by_label("Decisions found")),
        ("/insight", main.get_by_role("table", name="Reviewers")),
        ("/policies", main.get_by_role("textbox", name="Decision as JSON")),
        ("/help", main.get_by_role("heading", name="Keys")),
    ):
        await page.goto(f"{office.origin}/#{address}")
        await expect(landmark).to_be_visible()
        faults += await check(desk, address)
    return faults


# Nine pages, each in two widths and two schemes: a busy machine takes its time for them.
@pytest.mark.timeout(300)
async def test_no_page_has_a_serious_fault(office: Office) -> None:
    decisions = await judged(office)
    await office.held(declined(3), declined(4), declined(5), letter(1))
    nobody = await office.sit_down("")
    await nobody.page.get_by_label("Token").wait_for()
    faults = await check(nobody, "sign-in")
    lead = await office.sit_down("lead", credits=2)
    faults += await pages(office, lead, decisions[2].name)
    assert faults == [], "\n".join(faults)
