"""Servers in processes of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from andon.auth.tokens import create_default
from tests.process.harness import ServerProcess


@pytest.fixture
def tokens(tmp_path: Path) -> dict[str, str]:
    """One plain token for each role; the server in `tmp_path` knows them."""
    return {principal.name: token for principal, token in create_default(tmp_path / "andon-tokens.yaml")}


@pytest.fixture
async def server(tmp_path: Path, tokens: dict[str, str]) -> AsyncIterator[ServerProcess]:
    """A running server; gone at the end, however the test ends."""
    running = ServerProcess(tmp_path)
    await running.start()
    yield running
    await running.kill()
