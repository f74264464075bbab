"""Receipts and evidence on a server whose store is encrypted: they say what they say without."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from andon_client.receipts import verify_receipt
from tests.evidence.desk import POLICIES, REFUND, as_, judge, submit
from tests.evidence.test_erased import (
    andon,
    test_evidence_and_receipt_of_what_was_about_another_before_are_as_ever,
)
from tests.evidence.test_evidence import test_a_correction_is_told_from_the_proposal_to_its_proof
from tests.golden.harness import Server, serving

__all__ = [
    "andon",
    "test_a_correction_is_told_from_the_proposal_to_its_proof",
    "test_evidence_and_receipt_of_what_was_about_another_before_are_as_ever",
]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    (tmp_path / "key").write_text(base64.b64encode(bytes(range(32))).decode())
    async with serving(tmp_path, {"policies": "own", "encryption_key_file": str(tmp_path / "key")}) as server:
        await server.rule(POLICIES)
        yield server


def stored(folder: Path) -> bytes:
    """What lies on the disk of the store."""
    return b"".join(path.read_bytes() for path in folder.glob("andon.db*"))


async def test_a_receipt_is_signed_of_what_is_sealed(server: Server, tmp_path: Path) -> None:
    decision = await submit(server, REFUND)
    await judge(server, "reviewer", "approve", "fine")
    async with as_(server, "submitter") as client:
        token = await client.receipt(decision)
        receipt = verify_receipt(token, await client.receipt_keys(), decision=decision.name, to_act=False)
        assert receipt.decision == decision.name
        assert token == await client.receipt(decision)
    assert b"customers/4711" not in stored(tmp_path)
