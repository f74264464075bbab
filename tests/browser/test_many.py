"""Ten thousand waiting tasks."""

from __future__ import annotations

import re

from playwright.async_api import expect

from andon_client import Decision
from tests.browser.office import Office, letter

MANY = 10_000
# What fits a tall window, twice over.
MOST_ROWS = 60

# Scrolls through the list in jumps of three windows, one a frame. Answers how long each frame took, and how many rows
# stood in the document after one, and were made for one, at most.
_SCROLL = """
async () => {
  const list = document.querySelector('[data-testid=inbox-list]');
  let added = 0;
  const count = ({ addedNodes }) => [...addedNodes].filter((node) => node.nodeName === "LI").length;
  const rows = new MutationObserver((records) => records.forEach((record) => (added += count(record))));
  rows.observe(list, { childList: true, subtree: true });
  const frames = [];
  let stood = 0;
  let made = 0;
  let last = performance.now();
  for (let step = 0; step < 60; step += 1) {
    list.scrollTop += 3 * list.clientHeight;
    await new Promise(requestAnimationFrame);
    frames.push(performance.now() - last);
    last = performance.now();
    made = Math.max(made, added);
    added = 0;
    stood = Math.max(stood, list.querySelectorAll("li").length);
  }
  return { frames: frames.sort((one, other) => one - other), stood, made };
}
"""


async def test_ten_thousand_waiting_tasks(office: Office) -> None:
    answers = await office.client.submit_many([letter(number) for number in range(MANY)])
    assert all(isinstance(answer, Decision) and answer.pending for answer in answers)
    desk = await office.sit_down("reviewer", credits=1, real_time=True)
    await expect(desk.mine).to_have_count(1)
    await expect(desk.page.get_by_role("heading", name=re.compile("Waiting"))).to_have_text(re.compile("Waiting9.?999"))
    items = desk.page.get_by_test_id("inbox-list").get_by_role("listitem")
    assert 5 < await items.count() < MOST_ROWS
    await desk.verdict.wait_for()
    first = await desk.opened()
    await desk.press(*"jjjj")
    await expect(desk.page.locator("[data-cursor=true] a")).not_to_have_attribute("href", f"#/{first}")
    fifth = await desk.opened()
    await desk.press(*"kkj")
    assert await desk.opened() != first
    assert await desk.opened() != fifth
    await desk.page.get_by_test_id("inbox-list").hover()
    scrolled = await desk.page.evaluate(_SCROLL)
    frames = scrolled["frames"]
    print(
        f"\n10,000 tasks: frames while scrolling p50 {frames[30]:.0f} ms, p90 {frames[54]:.0f}, most {frames[-1]:.0f}"
    )
    assert 0 < scrolled["made"] < MOST_ROWS
    assert 0 < scrolled["stood"] < MOST_ROWS
    await desk.page.evaluate("document.querySelector('[data-testid=inbox-list]').scrollTop = 1e9")
    last = desk.page.locator(f"li[aria-posinset='{MANY + 2}']")
    await expect(last).to_be_in_viewport()
    await expect(last).to_contain_text(f"customers/{MANY - 1}")
    assert await items.count() < MOST_ROWS


async def test_a_search_of_ten_thousand_finds_one(office: Office) -> None:
    await office.client.submit_many([letter(number, subject=f"customers/c{number}x") for number in range(2_000)])
    desk = await office.sit_down("reviewer", credits=1, real_time=True)
    await expect(desk.page.get_by_role("heading", name=re.compile("Waiting"))).to_have_text(re.compile("Waiting1.?999"))
    await desk.press("/")
    await desk.page.keyboard.type("c1234x")
    await expect(desk.page.get_by_role("heading", name=re.compile("Waiting"))).to_have_text(
        re.compile("Waiting1 of 1.?999")
    )
