"""Work on one large request or answer, done beside the event loop: others are answered meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")

LARGE: Final = 64 * 1024
"""From this many bytes on a message is read and written aside."""

# One thread: a second one would take the interpreter from the event loop once more, and make nothing quicker.
_thread: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="aside")


async def aside(work: Callable[..., T], *arguments: object) -> T:
    """What the work returns or raises. It must touch nothing that the event loop changes meanwhile."""
    return await asyncio.get_running_loop().run_in_executor(_thread, work, *arguments)
