"""Calls over HTTP as browsers and curl make them."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
from collections.abc import Callable
from typing import Any, Final

from tests.golden.harness import Server, token_of
from tests.unit.web.plain import PATIENCE, ask, request

SUBMIT: Final = "/andon.v1.DecisionService/Submit"
WAIT: Final = "/andon.v1.DecisionService/Wait"
GET: Final = "/andon.v1.DecisionService/GetDecision"
CANCEL: Final = "/andon.v1.DecisionService/CancelDecision"
LIST: Final = "/andon.v1.DecisionService/ListDecisions"
STREAM: Final = "/andon.v1.ReviewService/Stream"
REFUND: Final = {"action": "refund.issue", "confidence": 0.99, "attributes": {"amount": 10}}
HELD: Final = {"action": "quick.thing", "confidence": 0.99}
JSON: Final = {"Content-Type": "application/json"}
FRAMED: Final = {"Content-Type": "application/connect+json"}
NAME: Final = "decisions/01890a5d-ac96-774b-bcce-b302099a8057"
SMALL: Final = {"max_message_size": "4KiB", "max_payload_size": "2KiB"}


def bearer(caller: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token_of(caller)}"}


def framed(message: object, flags: int = 0) -> bytes:
    body = json.dumps(message).encode()
    return struct.pack(">BI", flags, len(body)) + body


async def post(server: Server, path: str, body: object, caller: str = "submitter", **headers: str) -> tuple[int, Any]:
    """A call in JSON; status and answer."""
    sent = JSON | (bearer(caller) if caller else {}) | {name.replace("_", "-"): text for name, text in headers.items()}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    reply = await ask(server.app.http_port, request("POST", path, sent, content))
    return reply.status, json.loads(reply.body) if reply.headers.get("content-type") == "application/json" else {}


def detail(error: Any, name: str) -> str:
    """The bytes of a detail, as text enough to look for words."""
    (found,) = [each["value"] for each in error["details"] if each["type"] == f"google.rpc.{name}"]
    return base64.b64decode(found + "===").decode("utf-8", "replace")


def counted(server: Server, method: str, code: str) -> float:
    labels = {"method": method.lstrip("/"), "code": code}
    return server.app.metrics.registry.get_sample_value("andon_rpc_seconds_count", labels) or 0.0


def stuck(server: Server) -> asyncio.Event:
    """From now on no decision can be looked up; set once somebody tries."""
    tried = asyncio.Event()

    async def decision(_: str) -> None:
        tried.set()
        await asyncio.Event().wait()

    server.app.context.store.decision = decision  # type: ignore[method-assign,assignment]
    return tried


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  # the server tells nobody when it has come so far
            await asyncio.sleep(0)


async def opened_stream(server: Server) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.app.http_port)
    body = framed({"queues": ["*"]})
    writer.write(request("POST", STREAM, FRAMED | bearer("reviewer"), body).replace(b"Connection: close\r\n", b""))
    return reader, writer
