"""A real server whose store is encrypted: killed, started with another key, without one, and again with its own."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import andon_client
from tests.process.harness import ServerProcess

CANARY = "kanarienvogel"


def written(path: Path, key: bytes) -> str:
    """A file that holds a key."""
    path.write_text(base64.b64encode(key).decode())
    return str(path)


def on_disk(folder: Path) -> bytes:
    """The bytes of the database's files."""
    return b"".join(path.read_bytes() for path in folder.glob("andon.db*"))


async def refusal(server: ServerProcess) -> str:
    """The last words of a server that does not start."""
    process = await server.spawn()
    assert await process.wait() == 1
    return server.log().splitlines()[-1]


async def test_it_serves_by_its_key_alone(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, {"encryption-key-file": written(tmp_path / "key", bytes(range(32)))})
    for patience in range(3):  # killed at its first start, wherever it is
        process = await server.spawn()
        if patience:
            await server.logged("andon_")
        process.kill()
        await process.wait()
    (tmp_path / "andon-tokens.yaml").unlink(missing_ok=True)
    (tmp_path / "server.log").unlink()
    await server.start()
    async with andon_client.Client(server.address, token=server.token("submitter")) as client:
        decision = await client.submit(
            action="refund.issue", input={"bird": CANARY}, prediction={"refund": True}, confidence=0.1, amount=1.0
        )
    await server.kill()
    assert (stored := on_disk(tmp_path))
    assert CANARY.encode() not in stored

    other = replace(server, settings={"encryption-key-file": written(tmp_path / "other", bytes(32))})
    assert "is not the key that this store was encrypted with" in await refusal(other)
    assert "it is encrypted, and encryption_key is not set" in await refusal(replace(server, settings={}))

    await server.start()
    try:
        async with andon_client.Client(server.address, token=server.token("submitter")) as client:
            assert (await client.get(decision.name)).input == {"bird": CANARY}
    finally:
        await server.kill()
