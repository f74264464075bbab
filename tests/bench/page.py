"""The reviewer's page in a real browser: how much it loads, and how soon a submitted decision is on it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.async_api import Error, Page

from andon_client._gen.andon.v1 import decision_service_pb2
from tests.bench import messages
from tests.bench.bench import Bench, Pair
from tests.bench.figures import micro, quantile
from tests.bench.harness import BenchError
from tests.bench.load import Call, channels, unary
from tests.bench.report import Row
from tests.browser.chromium import launched, missing

_SIZE_LIMIT: Final = 250 * 1024
_SEEN_LIMIT: Final = 1.0
_WITHIN: Final = 20.0
_IN_FLIGHT: Final = 8
_CANCEL: Final = "/andon.v1.DecisionService/CancelDecision"
# When which task's link came into the document, by the machine's clock (ms since the epoch).
_WATCH: Final = """() => {
  window.seenAt = new Map();
  const look = () => {
    for (const link of document.querySelectorAll('a[href*="tasks/"]')) {
      const name = link.getAttribute('href');
      if (!window.seenAt.has(name)) window.seenAt.set(name, performance.timeOrigin + performance.now());
    }
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributeFilter: ['href'] });
  look();
}"""
_SEEN: Final = "name => [...window.seenAt].find(([href]) => href.includes(name))?.[1] ?? false"
_SCRIPTS: Final = """() => performance.getEntriesByType('resource')
  .filter(each => new URL(each.name).pathname.endsWith('.js'))
  .reduce((sum, each) => sum + each.encodedBodySize, 0)"""


@dataclass(slots=True)
class Seen:
    """What was measured."""

    script_bytes: int = 0
    seconds: list[float] = field(default_factory=list)


async def measure(bench: Bench) -> list[Row]:
    """Both rows; without a browser or a built page they say so."""
    if why := missing():
        return [_row_of_size(why), _row_of_seconds(why)]
    try:
        seen = await _run(bench, bench.sizes.pages)
    except Error as error:
        raise BenchError(f"the browser: {error.message}") from None
    slowest, middle = max(seen.seconds), quantile(seen.seconds, 0.5)
    return [
        _row_of_size(f"{seen.script_bytes / 1024:.0f} KB", seen.script_bytes <= _SIZE_LIMIT, bytes=seen.script_bytes),
        _row_of_seconds(
            f"p50 {micro(middle)}, slowest of {len(seen.seconds)} {micro(slowest)}",
            slowest <= _SEEN_LIMIT,
            seconds=seen.seconds,
        ),
    ]


def _row_of_size(measured: str, within: bool | None = None, **raw: Any) -> Row:
    return Row(
        key="page-size",
        what="first load of the page: compressed JavaScript",
        target="≤ 250 KB",
        measured=measured,
        how=(
            "The encoded bodies of all scripts that Chromium loaded until inbox and first task stood, "
            "in its resource timings."
        ),
        within=within,
        raw=raw,
    )


def _row_of_seconds(measured: str, within: bool | None = None, **raw: Any) -> Row:
    return Row(
        key="page-visible",
        what="submit → task visible on the open page, under load",
        target="≤ 1 s",
        measured=measured,
        how=(
            f"From the Submit sent to its task's link in the document of a real Chromium, both by the machine's clock, "
            f"while {_IN_FLIGHT} callers submit without a pause."
        ),
        within=within,
        raw=raw,
    )


async def _run(bench: Bench, count: int) -> Seen:
    seen = Seen()
    with bench.fresh_pair() as pair:
        async with _page(pair) as page, channels(pair.andon.address, 2) as (ours, theirs):
            submit = unary(ours, messages.SUBMIT, pair.service, _WITHIN)
            cancel = unary(ours, _CANCEL, pair.service, _WITHIN)
            await submit(messages.submit(messages.HELD))
            await page.get_by_role("button", name="Approve").wait_for()
            seen.script_bytes = await page.evaluate(_SCRIPTS)
            async with _load(unary(theirs, messages.SUBMIT, pair.service, _WITHIN)):
                for _ in range(count):
                    seen.seconds.append(await _one(page, submit, cancel))
    return seen


@asynccontextmanager
async def _page(pair: Pair) -> AsyncIterator[Page]:
    origin = pair.andon.metrics.removesuffix("metrics")
    async with launched() as browser:
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        await page.goto(f"{origin}#token={pair.tokens['reviewer-0']}")
        await page.get_by_test_id("inbox-list").and_(page.locator("[aria-busy=false]")).wait_for()
        await page.evaluate(_WATCH)
        yield page


@asynccontextmanager
async def _load(call: Call) -> AsyncIterator[None]:
    """Callers who submit what passes, one decision after the other."""

    async def work() -> None:
        while True:
            await call(messages.submit(messages.PASSES))

    callers = [asyncio.create_task(work()) for _ in range(_IN_FLIGHT)]
    try:
        yield
    finally:
        for caller in callers:
            caller.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*callers)


async def _one(page: Page, submit: Call, cancel: Call) -> float:
    """Seconds from the Submit to its task on the page; the decision is withdrawn then."""
    began = time.time()
    answer = decision_service_pb2.SubmitResponse.FromString(await submit(messages.submit(messages.HELD)))
    task = answer.decision.task.removeprefix("tasks/")
    if not task:
        raise BenchError("the decision that should be held was not")
    handle = await page.wait_for_function(_SEEN, arg=task, timeout=_WITHIN * 1000)
    seconds = float(await handle.json_value()) / 1000 - began
    await cancel(decision_service_pb2.CancelDecisionRequest(name=answer.decision.name).SerializeToString())
    return seconds
