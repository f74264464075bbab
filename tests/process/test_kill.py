"""kill -9 at random moments under load: acknowledged is there, a decision ends once, callers get answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from andon.store.sqlite import open_sqlite
from tests.process.harness import ServerProcess
from tests.process.load import ROUNDS, Load, agrees


@pytest.mark.parametrize("seed", [1, 2])
async def test_nothing_acknowledged_is_lost(
    server: ServerProcess, tokens: dict[str, str], seed: int, tmp_path: Path
) -> None:
    async def assassinate(load: Load) -> None:
        for _ in range(ROUNDS):
            await load.some_progress()
            await server.kill()
            await server.start()

    load = Load([server], tokens, seed)
    await load.through(assassinate)
    await server.kill()
    store = await open_sqlite(tmp_path / "andon.db")
    try:
        await agrees(load, store)
    finally:
        await store.close()
