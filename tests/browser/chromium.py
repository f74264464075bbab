"""A real Chromium, where the machine has one."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, async_playwright

PAGE: Final = Path(__file__).resolve().parents[2] / "server/andon/web/page/index.html"
# Without windows of its own a browser takes three quarters of the CPU.
_NAMES: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FEATURES: Final = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
    "AimEnabled",
    "HttpsUpgrades",
    "MediaRouter",
    "OptimizationHints",
    "PaintHolding",
)
# No sandbox: build machines run as root. The rest keeps it from looking for its maker's servers.
_FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A headless Chromium of today makes a whole window for each context, with pages of its own behind the address bar:
    # they cost more than ours. This option is read once, so it repeats those of Playwright that matter here.
    "--disable-features=" + ",".join(_FEATURES),
)


def executable() -> str | None:
    """Where Chromium is; ANDON_CHROMIUM may name another."""
    named = os.environ.get("ANDON_CHROMIUM")
    return named or next((found for name in _NAMES if (found := shutil.which(name))), None)


def missing() -> str:
    """Why no browser test can run here; empty where one can."""
    if executable() is None:
        return "no Chromium is installed (Debian: apt-get install chromium)"
    return "" if PAGE.is_file() else "the page is not built (make web)"


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """A headless browser, gone at the end."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable(), args=list(_FLAGS))
        try:
            yield browser
        finally:
            await browser.close()
