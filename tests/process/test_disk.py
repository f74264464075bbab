"""A full disk: what was acknowledged stays, the rest is refused with words, and the server recovers by itself."""

from __future__ import annotations

import resource
import sys

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from andon_client._gen.andon.v1 import decision_pb2, decision_service_pb2, decision_service_pb2_grpc
from tests.process.harness import ServerProcess

if sys.platform != "linux":
    pytest.skip("needs prlimit, which is Linux's", allow_module_level=True)

ENOUGH = 2_000


class Door:
    """The bare contract, without the client library's patience."""

    def __init__(self, channel: grpc.aio.Channel, token: str) -> None:
        self._stub = decision_service_pb2_grpc.DecisionServiceStub(channel)
        self._metadata = (("authorization", f"Bearer {token}"),)

    async def submit(self) -> decision_pb2.Decision:
        """Submits a decision of some size."""
        decision = decision_pb2.Decision(action="refund.issue", confidence=0.99)
        decision.attributes.amount.value = 10.0
        decision.input["text"] = "x" * 4_000
        request = decision_service_pb2.SubmitRequest(decision=decision)
        return (await self._stub.Submit(request, metadata=self._metadata)).decision

    async def get(self, name: str) -> decision_pb2.Decision:
        """Reads one back."""
        request = decision_service_pb2.GetDecisionRequest(name=name)
        return (await self._stub.GetDecision(request, metadata=self._metadata)).decision

    async def submit_until_refused(self) -> tuple[list[decision_pb2.Decision], str]:
        """What was kept, and the reason of the first refusal."""
        kept: list[decision_pb2.Decision] = []
        for _ in range(ENOUGH):
            try:
                kept.append(await self.submit())
            except grpc.aio.AioRpcError as error:
                return kept, reason_of(error)
        raise AssertionError("the disk never filled up")


async def test_full_disk_refuses_and_recovers(server: ServerProcess, tokens: dict[str, str]) -> None:
    async with grpc.aio.insecure_channel(server.address) as channel:
        door = Door(channel, tokens["submitter"])
        first = await door.submit()
        assert server.process is not None
        largest = max(path.stat().st_size for path in server.folder.glob("andon.db*"))
        # Files of this process may not grow: to SQLite that is a disk without room.
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
        kept, reason = await door.submit_until_refused()
        assert reason == "STORE_UNAVAILABLE"
        with pytest.raises(grpc.aio.AioRpcError):
            await door.submit()
        assert (await door.get(first.name)).name == first.name, "reading goes on"

        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        again = await door.submit()
        assert again.sequence == first.sequence + len(kept) + 1, "a refused decision left a gap or a row"

    await server.kill()
    await server.start()
    async with grpc.aio.insecure_channel(server.address) as channel:
        door = Door(channel, tokens["submitter"])
        for decision in (first, *kept, again):
            assert (await door.get(decision.name)).sequence == decision.sequence


def reason_of(error: grpc.aio.AioRpcError) -> str:
    """The reason in an error's details."""
    metadata = dict(error.trailing_metadata() or ())
    info = ErrorInfo()
    Status.FromString(metadata["grpc-status-details-bin"]).details[0].Unpack(info)
    return str(info.reason)
