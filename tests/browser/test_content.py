"""What a decision holds is shown and never obeyed: whoever writes what a model reads writes on this page, too."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.desk import Desk
from tests.browser.office import Office, letter

SCRIPT = "<script>window.pwned = 1</script>"
IMAGE = "<img src=https://evil.example/x.png onerror='window.pwned = 2'>"
FRAME = "<svg onload='window.pwned = 3'><iframe src='javascript:parent.pwned = 4'></iframe>"
LINK = "javascript:window.pwned=5"
BIDI = "paid \u202e000,1\u202c in full"
HIDDEN = "ig\u200bnore \u2066this\u2069 p\u0430yment \U000e0041"
WORD = "W" * 4_000
REMOTE = "https://evil.example/pixel.png"
ELEMENTS = "img, script, iframe, svg[onload], object, embed, style, form"


def hostile() -> dict[str, Any]:
    """Every text of a decision turned against its reader."""
    return {
        "input": {
            "html": SCRIPT + IMAGE + FRAME,
            "link": LINK,
            "markdown": f"![x]({REMOTE}) [click]({LINK})",
            "picture": REMOTE,
            "data": "data:text/html,<script>window.pwned=6</script>",
            "bidi": BIDI,
            "hidden": HIDDEN,
            "word": WORD,
            "__proto__": {"polluted": IMAGE},
            IMAGE: SCRIPT,
            "list": [{"a": SCRIPT, "b": BIDI}, {"a": LINK, "b": WORD}],
        },
        "prediction": {"to": IMAGE + BIDI, "text": SCRIPT + FRAME + WORD},
        "reasoning": FRAME + BIDI + SCRIPT,
        "subject": IMAGE,
        "model": (SCRIPT, FRAME),
        "extra": {"note": IMAGE, LINK: LINK},
    }


async def unharmed(desk: Desk) -> None:
    """Nothing of it has run, become an element or a link, and the page is no wider than its window."""
    page = desk.page
    assert await page.evaluate("window.pwned ?? {}.polluted ?? null") is None
    main = page.get_by_role("main")
    assert await main.locator(ELEMENTS).count() == 0
    links = await main.locator("a").evaluate_all("all => all.map((one) => one.getAttribute('href'))")
    assert [link for link in links if not str(link).startswith("#/")] == []
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("width", [390, 1024, 1440])
async def test_a_hostile_decision_is_only_shown(office: Office, width: int) -> None:
    [decision] = await office.held(letter(**hostile()))
    desk = await office.sit_down("reviewer", at=f"/{decision.task}", viewport={"width": width, "height": 900})
    await desk.verdict.wait_for()
    await expect(desk.task.get_by_text(SCRIPT + IMAGE + FRAME).first).to_be_visible()
    await expect(desk.task.get_by_text("⟨U+202E⟩").first).to_be_visible()
    await expect(desk.task.get_by_text("⟨U+200B⟩").first).to_be_visible()
    await expect(desk.task.get_by_text("⟨U+E0041 A⟩").first).to_be_visible()
    await expect(desk.task.locator("mark", has_text="p\u0430yment")).to_be_visible()
    await expect(desk.task.get_by_text(REMOTE, exact=True).first).to_be_visible()
    openers = desk.task.get_by_role("button", name="Show all")
    while await openers.count():
        await openers.first.click()
    await unharmed(desk)


async def test_a_hostile_comment_and_correction_are_only_shown(office: Office) -> None:
    [decision] = await office.held(letter(**hostile()))
    desk = await office.sit_down("reviewer")
    await desk.judge("c")
    form = desk.task.get_by_role("region", name="Your correction")
    await form.get_by_role("textbox").first.fill(FRAME + BIDI)
    await expect(desk.task.get_by_role("table", name="What the correction changes")).to_contain_text("⟨U+202E⟩")
    await desk.press("Escape", "m")
    await desk.verdict.get_by_role("textbox").fill(IMAGE + SCRIPT)
    await unharmed(desk)
    await desk.press("Control+Enter")
    await office.client.wait(decision.name, timeout=60)
    lead = await office.sit_down("lead", at=f"/{decision.name}")
    await expect(lead.page.get_by_role("region", name="How it ended")).to_contain_text(IMAGE + SCRIPT)
    await expect(lead.page.get_by_role("list", name="Timeline")).to_be_visible()
    await unharmed(lead)
    await lead.page.goto(f"{office.origin}/#/decisions")
    await expect(lead.page.get_by_role("table", name="Decisions found").get_by_role("row")).to_have_count(2)
    await unharmed(lead)
