"""What Andon is compared with: a grpc.aio server that does nothing, only holds its callers, or only records."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import grpc

ECHO: Final = "/bench.Bare/Echo"
HOLD: Final = "/bench.Bare/Hold"
HELD: Final = "/bench.Bare/Held"
RECORD: Final = "/bench.Bare/Record"
_QUIET_TURNS: Final = 40


class Recorder:
    """The least that a durable call can do: its bytes as one row, by a group commit of all that wait."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"):
            self._connection.execute(statement).fetchall()
        self._connection.execute("CREATE TABLE record (sequence INTEGER PRIMARY KEY, body BLOB NOT NULL)")
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def record(self, body: bytes) -> None:
        """Returns when it is durable."""
        recorded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((body, recorded))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._commit_all())
        await recorded

    async def _commit_all(self) -> None:
        while self._waiting:
            for _ in range(_QUIET_TURNS):
                await asyncio.sleep(0)
            group, self._waiting = self._waiting, []
            await asyncio.to_thread(self._commit, [body for body, _ in group])
            for _, recorded in group:
                if not recorded.done():  # whoever has left is not told
                    recorded.set_result(None)

    def _commit(self, bodies: Sequence[bytes]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute(f"INSERT INTO record (body) VALUES {', '.join(['(?)'] * len(bodies))}", bodies)
        self._connection.execute("COMMIT")


class Bare:
    """`Echo` answers its request, `Record` records it first; `Hold` awaits a future that nobody sets, and `Held` counts
    those who do.
    """

    def __init__(self) -> None:
        self._held = 0
        self._recorder: Recorder | None = None

    async def echo(self, request: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        return request

    async def record(self, request: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        if self._recorder is None:
            self._recorder = Recorder(Path("prototype.db"))
        await self._recorder.record(request)
        return request

    async def hold(self, request: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._held += 1
        try:
            return await future
        finally:
            self._held -= 1

    async def held(self, request: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        return str(self._held).encode()

    def handlers(self) -> dict[str, grpc.RpcMethodHandler[Any, Any]]:
        """By method; messages are bytes throughout."""
        methods = {"Echo": self.echo, "Record": self.record, "Hold": self.hold, "Held": self.held}
        return {name: grpc.unary_unary_rpc_method_handler(method) for name, method in methods.items()}


async def _serve() -> None:
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("bench.Bare", Bare().handlers())])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"The echo is ready on 127.0.0.1:{port}", flush=True)
    await server.wait_for_termination()


def main(loop: str) -> None:
    """Serves until it is killed, on `asyncio` or `uvloop`."""
    factory = None
    if loop == "uvloop":
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(_serve())


if __name__ == "__main__":
    main(sys.argv[1])
