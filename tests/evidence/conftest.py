"""A real server, and `andon evidence` on it."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from andon_client import cli
from tests.evidence.desk import POLICIES, REFUND, Evidence, Made, judge, seal, submit
from tests.golden.harness import Server, serving, token_of


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path, {"policies": "own"}) as server:
        await server.rule(POLICIES)
        yield server


@pytest.fixture
def evidence(server: Server, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Evidence:
    """Runs the command as an auditor, or as `caller`."""
    parser = argparse.ArgumentParser()
    cli.add_parsers(parser.add_subparsers())

    async def run(source: object, *words: object, caller: str = "auditor") -> Made:
        out = tmp_path / "out"
        out.unlink(missing_ok=True)
        place = ("--address", f"127.0.0.1:{server.app.port}", "--token", token_of(caller))
        options = parser.parse_args(["evidence", *map(str, (source, *words)), "--out", str(out), *place])
        code = await asyncio.to_thread(options.run, options)
        said = capsys.readouterr()
        return Made(code, out.read_text("utf-8") if out.exists() else "", said.out + said.err)

    return run


@pytest.fixture
async def kept(server: Server, evidence: Evidence, tmp_path: Path) -> Path:
    """Evidence as JSON, of a decision that was approved and is sealed."""
    decision = await submit(server, REFUND)
    await judge(server, "reviewer", "approve", "fine")
    await seal(server)
    file = tmp_path / "kept.json"
    file.write_text((await evidence(decision.name, "--json")).text)
    return file
