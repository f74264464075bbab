"""The real server as a process of its own, with its own folder; and its end."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from credit_demo.tokens import write_tokens

HOST: Final = "127.0.0.1"
MARK: Final = ".andon-demo"
POLICIES: Final = Path(__file__).resolve().parent.parent / "policies"
_AGING_INTERVAL: Final = 15 * 60.0
_READY_WITHIN: Final = 20.0
_STOPPED_WITHIN: Final = 30.0


class DemoError(Exception):
    """The demo can't go on; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is ready. `tokens` holds the bearer token of each principal by name."""

    folder: Path
    port: int
    http_port: int
    tokens: dict[str, str]

    @property
    def address(self) -> str:
        """Where gRPC listens."""
        return f"{HOST}:{self.port}"

    @property
    def page_url(self) -> str:
        """Where the reviewer's page is."""
        return f"http://{HOST}:{self.http_port}/"

    @property
    def metrics_url(self) -> str:
        """Where Prometheus would scrape."""
        return f"{self.page_url}metrics"

    @property
    def database(self) -> Path:
        """The server's SQLite file."""
        return self.folder / "andon.db"


@dataclass(frozen=True, slots=True)
class Workplace:
    """A folder that is this demo's alone as long as `lock` is open, here or in the server."""

    folder: Path
    lock: TextIO


def prepare(folder: Path) -> Workplace:
    """Makes the folder empty and ours. Raises DemoError where no demo made it, or one still works in it."""
    if folder.exists() and not (folder / MARK).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise DemoError(f"{folder} is not of an earlier demo; move it away, or name another folder with --database")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / MARK).open("w", encoding="utf-8")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        print("Made by Andon's demo, and emptied when it starts again.", file=lock, flush=True)
        for entry in folder.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry.name != MARK:
                entry.unlink()
    except BlockingIOError:
        raise DemoError(f"another demo works in {folder}; stop it, or name another folder with --database") from None
    except OSError as error:
        raise DemoError(f"{error.filename or folder}: {error.strerror}") from None
    return Workplace(folder, lock)


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def require_free(port: int) -> int:
    """The port itself. Raises DemoError where somebody listens on it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise DemoError(f"port {port} is taken; stop what listens there (perhaps another demo)") from None
    return port


@contextlib.asynccontextmanager
async def running(place: Workplace, port: int, http_port: int, scale: float) -> AsyncIterator[Server]:
    """Starts `andon serve`, waits until it is ready, and stops it at the end, whatever happened.

    Tasks age as they would in the office: `scale` times faster than by default, but at most once a second.

    Raises DemoError where it does not become ready; the server's own words are in the text.
    """
    tokens = write_tokens(place.folder / "tokens.yaml")
    server = Server(place.folder, port, http_port, tokens)
    process = await _start(server, place.lock.fileno(), max(1.0, _AGING_INTERVAL / scale))
    try:
        await _until_ready(server, process)
        yield server
    finally:
        await _stop(process)


async def _start(server: Server, lock: int, aging: float) -> asyncio.subprocess.Process:
    """In a session of its own, so that Ctrl-C reaches the demo alone and the demo stops it in order."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANDON_")}
    with (server.folder / "server.log").open("wb") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "andon", "serve"),
            *("--listen", server.address),
            *("--http-listen", f"{HOST}:{server.http_port}"),
            *("--store", str(server.database)),
            *("--tokens", str(server.folder / "tokens.yaml")),
            *("--policies", str(POLICIES)),
            *("--aging-interval", f"{round(aging * 1000)}ms"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            start_new_session=True,
            pass_fds=(lock,),
        )


async def _until_ready(server: Server, process: asyncio.subprocess.Process) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    async with grpc.aio.insecure_channel(server.address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        while process.returncode is None and time.monotonic() < deadline:
            with contextlib.suppress(grpc.aio.AioRpcError):
                answer = await health.Check(health_pb2.HealthCheckRequest(), timeout=1, wait_for_ready=True)
                if answer.status == health_pb2.HealthCheckResponse.SERVING:
                    return
            await asyncio.sleep(0.05)
    words = (server.folder / "server.log").read_text("utf-8", "replace").splitlines()[-15:]
    how = "did not become ready" if process.returncode is None else f"ended with code {process.returncode}"
    raise DemoError("\n".join([f"the server {how}:", *words]))


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), _STOPPED_WITHIN)
    except TimeoutError:
        process.kill()
        await process.wait()
