"""The golden cases over gRPC, on a real port."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from structlog.testing import capture_logs

from tests.golden.harness import Server, serving
from tests.golden.runner import Case, Runner, cases
from tests.golden.transport import GrpcTransport

__all__ = ["health_pb2"]  # its descriptor is what a case that names the service needs

FAULTS = frozenset({"error", "critical"})


@pytest.mark.parametrize("case", cases(), ids=str)
async def test_case(
    case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with capture_logs() as lines:
        async with serving(tmp_path, case.settings) as server, _channel(server) as channel:
            await Runner(server, GrpcTransport(channel)).run(case)
    assert not [line for line in lines if line["log_level"] in FAULTS or "exc_info" in line]
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "Traceback" not in "".join(capfd.readouterr()) + caplog.text


async def test_reflection_answers_without_a_token(tmp_path: Path) -> None:
    async with serving(tmp_path, {}) as server, _channel(server) as channel:
        call = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(
            iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        )
        names = {service.name async for answer in call for service in answer.list_services_response.service}
    assert names >= {f"andon.v1.{name}Service" for name in ("Decision", "Review", "Feedback")}
    assert names >= {"grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"}


@asynccontextmanager
async def _channel(server: Server) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.app.port}") as channel:
        yield channel
