"""A real server in a process of its own, to be killed and started again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.ports import free_port

READY_TIMEOUT = 30.0
MOMENT = 0.01


async def turn(process: asyncio.subprocess.Process, moment: float) -> None:
    """Returns when the process has ended, and after `moment` seconds at the latest. Fails where it had before."""
    assert process.returncode is None, "it has ended"
    with suppress(TimeoutError):
        async with asyncio.timeout(moment):
            await process.wait()


@dataclass
class ServerProcess:
    """`andon serve` in a folder. The same folder, started again, goes on where it was."""

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    http_port: int = 0
    process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Starts and waits until health says SERVING. Fails with the server's own words where it ends instead."""
        self.port = self.port or free_port()
        self.http_port = self.http_port or free_port()
        await self.spawn()
        assert self.process is not None
        serving = asyncio.create_task(self._serving())
        ended = asyncio.create_task(self.process.wait())
        done, pending = await asyncio.wait({serving, ended}, timeout=READY_TIMEOUT, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        if serving not in done:
            raise AssertionError(f"the server did not become ready: {self.log()}")

    async def spawn(self) -> asyncio.subprocess.Process:
        """Starts without waiting."""
        flags = {
            "listen": self.address,
            "http-listen": f"127.0.0.1:{self.http_port}",
            "log-format": "json",
            **self.settings,
        }
        with (self.folder / "server.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "andon",
                "serve",
                *(word for key, value in flags.items() for word in (f"--{key}", value)),
                cwd=self.folder,
                stdout=log,
                stderr=log,
                env={key: value for key, value in os.environ.items() if not key.startswith("ANDON_")},
            )
        return self.process

    async def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()

    async def terminate(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        return await self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    async def logged(self, words: str, *, after: int = 0) -> None:
        """Returns once the log holds these words past `after` characters."""
        async with asyncio.timeout(READY_TIMEOUT):
            while words not in self.log()[after:]:
                await self.turn()

    async def turn(self) -> None:
        """Leaves the processor to the server: returns when it has ended, or a moment later."""
        assert self.process is not None
        await turn(self.process, MOMENT)

    def log(self) -> str:
        """What the server has written so far."""
        return (self.folder / "server.log").read_text(errors="replace")

    def token(self, role: str) -> str:
        """The plain token of a role, as the first start printed it."""
        _, _, rest = self.log().partition(f"export ANDON_TOKEN_{role.upper()}=")
        return rest.split(maxsplit=1)[0] if rest else ""

    async def _serving(self) -> None:
        async with grpc.aio.insecure_channel(
            self.address, options=[("grpc.initial_reconnect_backoff_ms", 50)]
        ) as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            while True:
                with suppress(grpc.aio.AioRpcError):
                    answer = await stub.Check(health_pb2.HealthCheckRequest(), wait_for_ready=True, timeout=5)
                    if answer.status == health_pb2.HealthCheckResponse.SERVING:
                        return
                await asyncio.sleep(0)
