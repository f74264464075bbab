"""What Andon is compared with: a grpc.aio server that does nothing, and one that only holds its callers."""

from __future__ import annotations

import asyncio
import sys
from typing import Any, Final

import grpc

ECHO: Final = "/bench.Bare/Echo"
HOLD: Final = "/bench.Bare/Hold"
HELD: Final = "/bench.Bare/Held"


class Bare:
    """`Echo` answers its request; `Hold` awaits a future that nobody sets; `Held` counts those who do."""

    def __init__(self) -> None:
        self._held = 0

    async def echo(self, request: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
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
        methods = {"Echo": self.echo, "Hold": self.hold, "Held": self.held}
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
