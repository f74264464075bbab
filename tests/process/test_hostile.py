"""What hostile users and unlucky operators do, on a real process: the server stays up, answers, and loses nothing."""

from __future__ import annotations

import asyncio
import resource
import sys
from contextlib import suppress

import grpc
import pytest

from andon_client._gen.andon.v1 import decision_pb2, decision_service_pb2, decision_service_pb2_grpc
from tests.ports import free_port
from tests.process.harness import ServerProcess
from tests.process.test_disk import reason_of

METADATA_LIMIT = 16 * 1024
NOISE = (
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    bytes.fromhex("16030100050100000103") + bytes(64),
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(range(256)),
    bytes(range(255, 0, -1)),
)
Stub = decision_service_pb2_grpc.DecisionServiceStub


def _submit() -> decision_service_pb2.SubmitRequest:
    decision = decision_pb2.Decision(action="refund.issue", confidence=0.99)
    decision.attributes.amount.value = 10.0
    return decision_service_pb2.SubmitRequest(decision=decision)


def _credentials(token: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {token}"),)


@pytest.mark.skipif(sys.platform != "linux", reason="needs prlimit, which is Linux's")
async def test_recovers_where_the_disk_of_the_log_is_full_too(server: ServerProcess, tokens: dict[str, str]) -> None:
    async with grpc.aio.insecure_channel(server.address) as channel:
        stub, metadata = Stub(channel), _credentials(tokens["submitter"])
        assert server.process is not None
        # Smaller than what the log holds already: now neither the store nor the log can be written.
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (16, resource.RLIM_INFINITY))
        for _ in range(2):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await stub.Submit(_submit(), metadata=metadata, timeout=10)
            assert reason_of(refused.value) == "STORE_UNAVAILABLE"
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        answer = await stub.Submit(_submit(), metadata=metadata, timeout=10)
        assert answer.decision.sequence == 1
    assert await server.terminate() == 0


async def test_noise_on_the_ports_harms_nobody(server: ServerProcess, tokens: dict[str, str]) -> None:
    for number, noise in enumerate(NOISE, 1):
        for port in (server.port, server.http_port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(noise)
            writer.write_eof()
            async with asyncio.timeout(10):
                with suppress(ConnectionError):
                    await reader.read()
            writer.close()
        async with grpc.aio.insecure_channel(server.address) as channel:
            answer = await Stub(channel).Submit(_submit(), metadata=_credentials(tokens["submitter"]), timeout=10)
        assert answer.decision.sequence == number
        assert "Traceback" not in server.log(), noise
    assert await server.terminate() == 0
    assert "Traceback" not in server.log()


async def test_headers_and_bodies_beyond_all_bounds_are_refused(server: ServerProcess, tokens: dict[str, str]) -> None:
    metadata = _credentials(tokens["submitter"])
    async with grpc.aio.insecure_channel(server.address) as channel:
        stub = Stub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as large:
            await stub.Submit(_submit(), metadata=(*metadata, ("x-a", "a" * 6 * METADATA_LIMIT)), timeout=10)
        assert large.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        raw: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary("/andon.v1.DecisionService/Submit")
        with pytest.raises(grpc.aio.AioRpcError) as bomb:
            await raw(b"\n" + bytes(32 << 20), timeout=10, compression=grpc.Compression.Gzip)
        assert bomb.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        answer = await stub.Submit(_submit(), metadata=metadata, timeout=10)
    assert answer.decision.sequence == 1


async def test_a_second_server_is_refused_also_by_another_name_of_the_file(server: ServerProcess) -> None:
    other = server.folder / "other.db"
    other.symlink_to(server.folder / "andon.db")
    second = ServerProcess(server.folder, {"store": str(other)}, port=free_port(), http_port=free_port())
    process = await second.spawn()
    async with asyncio.timeout(30):
        assert await process.wait() == 1
    assert "is in use by another server" in server.log()
