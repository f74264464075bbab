"""LedgerService: entries, checkpoints and keys, as an auditor has them; and the keys at their well-known place."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from unittest.mock import AsyncMock, patch

import grpc
import pytest
from google.protobuf.json_format import MessageToDict

from andon.domain.clock import SECOND
from andon_client import Client, NotAllowed, SyncClient
from andon_client._gen.andon.v1 import ledger_service_pb2 as messages
from andon_client._gen.andon.v1.ledger_service_pb2_grpc import LedgerServiceStub
from andon_client.ledger import LedgerEntry, LedgerVerifier
from andon_client.notes import Note, VerifierKey
from tests.golden.harness import Server, serving, token_of
from tests.unit.web.plain import get

JWKS = "/.well-known/jwks.json"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path, {"ledger_origin": "andon.example.com/ledger"}) as server:
        yield server


def client(server: Server, caller: str = "auditor") -> Client:
    return Client(f"127.0.0.1:{server.app.port}", token=token_of(caller))


async def record(server: Server, count: int, body: str = "x") -> None:
    for _ in range(count):
        await server.app.context.store.record("policy.revision", "server", {"revision": body}, 17)


async def seal(server: Server) -> None:
    while await server.app.duties["checkpoint"].step():
        pass


async def test_what_the_server_gives_is_proved(server: Server) -> None:
    await record(server, 3)
    await seal(server)
    await record(server, 2)
    async with client(server) as auditor:
        keys = await auditor.verifier_keys()
        verifier = LedgerVerifier("andon.example.com/ledger", keys, keys)
        async for part in auditor.ledger():
            if isinstance(part, LedgerEntry):
                verifier.follow(part)
            else:
                assert verifier.expect(part) == Note.parse(part).size
    proof = verifier.finish()
    assert proof.covered == proof.entries - 3  # two, and that they were read
    assert proof.key == keys[0]


async def test_the_blocking_client_reads_the_same(server: Server) -> None:
    await record(server, 3)
    await seal(server)

    def read() -> tuple[list[LedgerEntry | str], str, list[VerifierKey]]:
        with SyncClient(f"127.0.0.1:{server.app.port}", token=token_of("auditor")) as auditor:
            return list(auditor.ledger()), auditor.checkpoint(), list(auditor.verifier_keys())

    parts, note, keys = await asyncio.to_thread(read)
    assert note in parts
    assert [key.name for key in keys] == ["andon.example.com/ledger"]


async def test_pages_end_by_count_and_by_size_and_the_reading_is_recorded_before(server: Server) -> None:
    await record(server, 1_100)
    await record(server, 9, "x" * 500_000)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.app.port}") as channel:
        stub, metadata = LedgerServiceStub(channel), server.credentials("auditor")

        async def page(**words: int) -> messages.ListLedgerEntriesResponse:
            request = messages.ListLedgerEntriesRequest(**words)
            return await stub.ListLedgerEntries(request, metadata=metadata)

        assert [entry.sequence for entry in (await page(page_size=2)).entries] == [1, 2]
        assert len((await page()).entries) == 1_000
        large = await page(after=1_090, page_size=1_000_000)
        assert 1 < len(large.entries) < 20
        assert large.ByteSize() < 4 << 20  # what any client takes without being told to
    entries = await server.app.context.store.ledger(0, 10_000)
    assert [(entry.actor, entry.body["after"]) for entry in entries if entry.kind == "records.exported"] == [
        ("auditor", 0),
        ("auditor", 0),
        ("auditor", 1_090),
    ]


async def test_a_reader_who_reads_on_comes_to_an_end(server: Server) -> None:
    await record(server, 3)
    async with client(server) as auditor:
        assert [len(page) async for page in auditor.ledger_pages()][-1] == 1


async def test_checkpoints_are_for_everybody_and_entries_are_not(server: Server) -> None:
    async with client(server, "submitter") as submitter:
        assert await submitter.checkpoint() == ""
        await seal(server)
        note = Note.parse(await submitter.checkpoint())
        recorded = len(await server.app.context.store.ledger(0, 100))
        assert (note.origin, note.size) == ("andon.example.com/ledger", recorded)
        assert await submitter.checkpoint(covering=1) == await submitter.checkpoint()
        assert await submitter.checkpoint(covering=recorded + 1) == ""
        with pytest.raises(NotAllowed):
            [page async for page in submitter.ledger_pages()]


async def test_an_entry_is_proved_to_who_reads_the_ledger(server: Server) -> None:
    await record(server, 5)
    await seal(server)
    async with client(server) as auditor:
        first = Note.parse(await auditor.checkpoint())
        await record(server, 7)
        await seal(server)
        newest = await auditor.checkpoint()
        for sequence in range(1, first.size + 1):
            for size in (0, first.size):
                proof = await auditor.inclusion_proof(sequence, tree_size=size)
                note = proof.verify(await auditor.verifier_keys(), "" if size else newest)
                assert (note.size, proof.sequence) == (size or Note.parse(newest).size, sequence)
                assert proof.entry is not None
                assert proof.entry.hash == proof.entry_hash.hex()
    async with client(server, "lead") as lead:
        with pytest.raises(NotAllowed):
            await lead.inclusion_proof(1)


async def test_a_blocking_client_proves_as_well(server: Server) -> None:
    await record(server, 2)
    await seal(server)

    def proved() -> int:
        with SyncClient(f"127.0.0.1:{server.app.port}", token=token_of("auditor")) as auditor:
            return auditor.inclusion_proof(2).verify(auditor.verifier_keys()).size

    assert await asyncio.to_thread(proved) >= 2


async def test_a_checkpoint_tells_when_it_was_signed(server: Server) -> None:
    await seal(server)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.app.port}") as channel:
        stub, metadata = LedgerServiceStub(channel), server.credentials("lead")
        answer = await stub.GetCheckpoint(messages.GetCheckpointRequest(), metadata=metadata)
        keys = await stub.ListSigningKeys(messages.ListSigningKeysRequest(), metadata=metadata)
    assert answer.checkpoint.create_time.seconds == server.app.context.clock.now() // SECOND
    (published,) = MessageToDict(keys.jwks)["keys"]
    assert published["kid"] == VerifierKey.parse(keys.verifier_keys[0]).thumbprint


async def test_the_keys_are_published_for_every_page_and_cache(server: Server) -> None:
    port = server.app.http_port
    status, headers, body = await get(port, JWKS)
    assert (status, json.loads(body)) == (200, server.app.context.signer.jwks())
    assert headers["content-type"] == "application/jwk-set+json"
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["cache-control"] == "public, max-age=300"
    known = await get(port, JWKS, If_None_Match=headers["etag"])
    assert (known.status, known.body) == (304, b"")
    assert (await get(port, JWKS, If_None_Match='"another"')).status == 200


async def test_the_ledger_has_one_name_for_ever(tmp_path: Path) -> None:
    origins = set()
    for _ in range(2):
        async with serving(tmp_path, {}) as server:
            origins.add(server.app.context.origin)
    (origin,) = origins
    assert origin.startswith("andon.dev/")


async def test_health_is_degraded_where_the_ledger_does_not_fit(server: Server) -> None:
    await seal(server)
    assert json.loads((await get(server.app.http_port, "/healthz")).body)["status"] == "ok"
    with patch.object(server.app.context.store.evidence, "entries", AsyncMock(return_value=[])):
        await seal(server)
    body = json.loads((await get(server.app.http_port, "/healthz")).body)
    assert body["status"] == "degraded"
    assert body["ledger"]["fault"].startswith("entry 1 does not fit: it is missing")
