"""A server with small limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.golden.harness import Server, serving
from tests.unit.web.called import SMALL


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A running server; gone at the end."""
    async with serving(tmp_path, SMALL) as running:
        yield running
