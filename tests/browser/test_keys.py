"""The page's keys and the terminal's are the same."""

from __future__ import annotations

from typing import Final

from playwright.async_api import expect

from andon_client.terminal.keys import KEYS, MORE
from tests.browser.desk import Desk
from tests.browser.office import Office, letter

# What the page calls it; `q` has no meaning in a browser.
WORDS: Final = {
    "approve": "Approve",
    "reject": "Reject",
    "correct": "Correct",
    "escalate": "Escalate",
    "skip": "Skip: pass it on; it does not come back to you",
    "comment": "Write a comment",
    "undo": "Undo the last verdict",
    "select": "Select the task, or not",
    "search": "Search",
    "help": "Show the keys in force",
}
_ROWS: Final = """
all => all.map((one) => [one.firstChild.textContent, [...one.querySelectorAll("kbd")].map((key) => key.textContent)])
"""
ONLY_IN_A_TERMINAL: Final = {"q", "J K", "Tab", "Space b", "g G", "Ctrl-E"}


async def listed(desk: Desk) -> dict[str, str]:
    """The keys in force by the page's own list, each with what it does."""
    await desk.press("?")
    dialog = desk.page.get_by_role("dialog", name="Keys")
    await dialog.wait_for()
    rows: list[tuple[str, list[str]]] = await dialog.get_by_role("listitem").evaluate_all(_ROWS)
    found = [(key, label) for label, keys in rows for key in keys]
    assert len(found) == len(dict(found)), "a key that means two things"
    await desk.press("Escape")
    await expect(dialog).to_have_count(0)
    return dict(found)


async def test_a_key_means_the_same_here_and_in_the_terminal(office: Office) -> None:
    await office.held(letter(1), letter(2))
    desk = await office.sit_down("reviewer", undo=5)
    await expect(desk.mine).to_have_count(2)
    await desk.verdict.wait_for()
    await desk.stand_still()
    await desk.judge("a")
    await expect(desk.slips).to_contain_text("Approved.")
    page = await listed(desk)
    told = {key.key: WORDS[key.name] for key in KEYS if key.key not in ONLY_IN_A_TERMINAL}
    assert {key: page.get(key) for key in told} == told
    assert {page["u"], page["z"]} == {"Undo the last verdict"}
    both = {key for each in MORE if each.key not in ONLY_IN_A_TERMINAL for key in each.key.split()}
    assert both - {"Esc", "Enter"} == {"j", "k", "o", "t"} <= page.keys() | {"o", "t"}


async def test_on_a_small_screen_escape_alone_goes_back(office: Office) -> None:
    await office.held(letter(1))
    desk = await office.sit_down("reviewer", viewport={"width": 390, "height": 844})
    await expect(desk.mine).to_have_count(1)
    await desk.press("j", "Enter")
    await desk.verdict.wait_for()
    assert {key for key, does in (await listed(desk)).items() if does == "Back to the inbox"} == {"Esc"}
    await desk.press("u")
    await expect(desk.verdict).to_be_visible()
    await desk.press("Escape")
    await expect(desk.verdict).to_have_count(0)


async def test_single_letters_can_be_turned_off(office: Office) -> None:
    await office.held(letter(1))
    desk = await office.sit_down("reviewer")
    await desk.verdict.wait_for()
    await desk.page.get_by_role("button", name="reviewer settings").click()
    await desk.page.get_by_role("switch", name="Single-letter keys").click()
    await desk.press("Escape")
    await expect(desk.verdict.locator("kbd")).to_have_count(0)
    await desk.judge("a", "?", "s")
    await desk.page.reload()
    await desk.judge("a")
    await expect(desk.verdict).to_be_visible()
    assert not {"Review", "ReleaseTask"} & set(desk.calls)
    await desk.verdict.get_by_role("button", name="Approve").click()
    await expect(desk.mine).to_have_count(0)
    assert "Review" in desk.calls
