"""Somebody in front of the page: one browser context, and all that goes wrong in it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from playwright.async_api import BrowserContext, ConsoleMessage, Locator, Page, Request

from andon.domain.clock import SECOND

# The policy's own message is an error in the console; this tells of those that are only reported, too.
_TELL: Final = "addEventListener('securitypolicyviolation', (one) => console.error('CSP:', one.violatedDirective))"
# HTTP's `Date` is the machine's, whatever the server's clock says in a test.
_NO_DATE: Final = """
const get = Headers.prototype.get;
Headers.prototype.get = function (name) { return name.toLowerCase() === "date" ? null : get.call(this, name); };
"""
# Keys of a task count from 400 ms after it has come on the screen.
_SETTLED: Final = 450


class Desk:
    """One page of one person. `faults` holds errors and requests that nobody expected."""

    def __init__(self, page: Page, context: BrowserContext, origin: str, allowed: set[str]) -> None:
        """`allowed` are the origins that may be asked for something."""
        self.page: Final = page
        self.context: Final = context
        self.origin: Final = origin
        self._allowed = tuple(f"{each}/" for each in allowed)
        self._faults: list[str] = []
        self._expected: list[str] = []
        self._owns_time = False
        self.requests: Final[list[Request]] = []

    async def prepare(self, now: int | None) -> None:
        """Notes faults from here on. `now` sets the page's clock, in µs since the epoch; None leaves the machine's."""
        self.watch()
        await self.context.add_init_script(_TELL)
        if now is not None:
            self._owns_time = True
            await self.context.add_init_script(_NO_DATE)
            await self.context.clock.install(time=datetime.fromtimestamp(now / SECOND, UTC))

    def watch(self) -> None:
        """Notes faults of this page alone, such as one more of a browser."""
        self.page.on("pageerror", lambda error: self._faults.append(f"error: {error}"))
        self.page.on("console", self._said)
        self.page.on("dialog", lambda dialog: self._faults.append(f"dialog: {dialog.message}"))
        self.page.on("request", self._asked)

    def expect_errors(self, pattern: str) -> None:
        """Errors that are part of the test, such as a refused connection's."""
        self._expected.append(pattern)

    @property
    def faults(self) -> list[str]:
        """What went wrong and was not expected."""
        return [fault for fault in self._faults if not any(re.search(each, fault) for each in self._expected)]

    async def later(self, milliseconds: float) -> None:
        """Lets time go on, for all pages of this browser."""
        await self.context.clock.fast_forward(round(milliseconds))

    async def stand_still(self) -> None:
        """Stops the page's time; it goes on only by `later`."""
        assert self._owns_time
        now = await self.page.evaluate("Date.now()")
        await self.context.clock.pause_at(datetime.fromtimestamp(now / 1000 + 1, UTC))

    async def go_on(self) -> None:
        """Lets the page's time flow again."""
        await self.context.clock.resume()

    async def press(self, *keys: str) -> None:
        """Strikes keys one after the other."""
        for key in keys:
            await self.page.keyboard.press(key)

    async def judge(self, *keys: str) -> None:
        """Strikes keys about the open task, once it takes them."""
        await self.verdict.wait_for()
        await self.later(_SETTLED)
        await self.press(*keys)

    @property
    def verdict(self) -> Locator:
        """The bar with the verdicts."""
        return self.page.get_by_role("region", name="Your verdict")

    @property
    def slips(self) -> Locator:
        """The verdicts that are given and not yet received."""
        return self.page.get_by_role("region", name="Verdicts on their way")

    @property
    def task(self) -> Locator:
        """The open task."""
        return self.page.get_by_role("region", name="The open task")

    @property
    def mine(self) -> Locator:
        """The links of the tasks that the page calls mine."""
        return self.page.locator("[data-inbox-row]:has(input[type=checkbox]) a")

    @property
    def rows(self) -> Locator:
        """The links of all tasks that are in the document."""
        return self.page.locator("[data-inbox-row] a")

    def row(self, task: str) -> Locator:
        """The links to a task in the list."""
        return self.page.locator(f'[data-inbox-row] a[href="#/{task}"]')

    async def opened(self) -> str:
        """The name of the open task."""
        return str(await self.page.evaluate("location.hash")).removeprefix("#/")

    async def names_of_mine(self) -> set[str]:
        """The names of the tasks that the page calls mine."""
        return {str(await link.get_attribute("href")).removeprefix("#/") for link in await self.mine.all()}

    @property
    def calls(self) -> list[str]:
        """The methods that the page has called."""
        return [request.url.rsplit("/", 1)[-1] for request in self.requests if request.method == "POST"]

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._faults.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        self.requests.append(request)
        if not request.url.startswith((*self._allowed, "data:", "blob:")):
            self._faults.append(f"request: {request.url}")
