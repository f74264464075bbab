"""One browser for all tests here, a server for each; nothing may go wrong in any page."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser import chromium
from tests.browser.office import Office
from tests.browser.office import office as opened

HERE: Final = Path(__file__).parent
# Nothing here takes long; a machine with much else to do may.
expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests here share the browser's event loop; without a browser or a page they are skipped, visibly."""
    ours = [item for item in items if HERE in item.path.parents]
    why = chromium.missing() if ours else ""
    for item in ours:
        item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
        if why:
            item.add_marker(pytest.mark.skip(reason=why))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncGenerator[Browser, None]:
    async with chromium.launched() as launched:
        yield launched


@pytest_asyncio.fixture(loop_scope="session")
async def office(browser: Browser, tmp_path: Path) -> AsyncGenerator[Office, None]:
    """An office in which no page may meet an error, break its content policy or ask anybody else for anything."""
    async with opened(tmp_path, browser) as made:
        yield made
        assert [fault for desk in made.desks for fault in desk.faults] == []
