"""The refund example runs against a server with no settings of its own."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from andon_client import Client
from tests.process.harness import ServerProcess

EXAMPLE = Path(__file__).resolve().parents[2] / "clients" / "examples" / "refunds" / "process_refund.py"


async def _refund(server: ServerProcess, token: str, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(EXAMPLE),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "ANDON_ADDRESS": server.address, "ANDON_TOKEN": token},
    )


@pytest.mark.parametrize(
    ("amount", "code", "words"),
    [(350.0, 0, "refunded 350.00 EUR for A-1001"), (None, 1, "was rejected: no receipt")],
)
async def test_money_moves_as_the_reviewer_says(
    server: ServerProcess, tokens: dict[str, str], amount: float | None, code: int, words: str
) -> None:
    refund = await _refund(server, tokens["submitter"], "--amount", "400")
    async with Client(server.address, token=tokens["reviewer"]) as client, client.reviewer().stream() as tasks:
        task = await anext(aiter(tasks))
        assert "high-value" in [reason.rule for reason in task.decision.reasons]
        if amount is None:
            await task.reject("no receipt")
        else:
            await task.correct({**(task.decision.proposed or {}), "amount": amount})
    out, _ = await refund.communicate()
    assert refund.returncode == code
    assert words in out.decode()
