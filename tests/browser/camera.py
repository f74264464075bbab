"""Takes the pictures of the README."""

from __future__ import annotations

import asyncio
import importlib.util
import io
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from playwright.async_api import expect

from tests.browser import chromium
from tests.browser.desk import Desk
from tests.browser.office import office
from tests.browser.story import LEAD, PEOPLE, SETTINGS, told, without_chance
from tests.golden.harness import PRINCIPALS

SIZE: Final[dict[str, Any]] = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"}
Pose = Callable[[Desk], Awaitable[None]]


def main(folder: Path) -> int:
    """Writes the pictures. 0: done; 1: there is no browser or page here."""
    if why := chromium.missing():
        print(f"screenshots: {why}", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    PRINCIPALS.update(PEOPLE)
    asyncio.run(take(folder))
    return 0


async def take(folder: Path) -> None:
    """Tells the story to a server, and takes a picture of each page."""
    with TemporaryDirectory() as database:
        async with (
            chromium.launched() as browser,
            office(Path(database), browser, without_chance, **SETTINGS) as made,
            told(made),
        ):
            for name, pose in POSES.items():
                desk = await made.sit_down(LEAD, at=f"/{name}", **SIZE)
                await pose(desk)
                (folder / f"{name}.png").write_bytes(smaller(await still(desk)))
                assert desk.faults == []
                await desk.context.close()


async def inbox(desk: Desk) -> None:
    """The list, and a task with everything a verdict needs."""
    await expect(desk.mine).to_have_count(5)
    await desk.verdict.wait_for()
    await desk.press("j", "j")
    await expect(desk.task.get_by_text("submitted it")).to_be_visible()


async def insight(desk: Desk) -> None:
    """Queues, override rates and reviewers over a day."""
    await desk.page.get_by_text("by rule", exact=True).click()
    for name in ("Queues now", "Override rates", "Reviewers"):
        await expect(desk.page.get_by_role("table", name=name)).to_be_visible()


POSES: Final[dict[str, Pose]] = {"inbox": inbox, "insight": insight}


async def still(desk: Desk) -> bytes:
    """A picture of the page once nothing in it moves any more: two in a row are the same."""
    last, picture = b"", await desk.page.screenshot()
    while picture != last:
        last, picture = picture, await desk.page.screenshot()
    return picture


def smaller(picture: bytes) -> bytes:
    """The picture in 256 colours, where Pillow is installed; else as it is."""
    if importlib.util.find_spec("PIL") is None:
        return picture
    from PIL import Image

    written = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as image:
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    return min(picture, written.getvalue(), key=len)
