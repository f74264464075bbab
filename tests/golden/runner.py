"""Runs golden cases: data that says what is sent and what must come back, over any transport.

A case is one YAML document: `title`, `settings` of the server if they matter, `not_over` (transports that have no such
thing, each with the reason), and `steps`. A step is one of

- `call: DecisionService.Submit` with `as` (who calls), `request` (protobuf's JSON mapping) or `raw` (hexadecimal
  bytes; `json` is what to send instead over JSON), `metadata`, `times` (how often), and `expect`; with
  `background: NAME` it is left waiting, with `stream: NAME` open;
- `await: NAME`: the answer of a call that was left waiting;
- `read: NAME`: the next message of a stream, heartbeats aside;
- `end: NAME`: how a stream ends; `close: NAME`: hangs up;
- `advance: 30s`: time goes on, and the server's timers run;
- `permit: {CALLER: RIGHTS}`: the token file changes, and the server looks at it; without rights the caller is gone;
- `policies: {FILE: TEXT}`: policy files change, and the server looks at them; the case has the setting `policies: own`;
- `drain: true`: the server goes down.

`expect` holds `code` (OK if left out), `response` (see `matching.differences`), `error` (`reason`, `fields`,
`metadata`, `text`, `retry` for the delay, `subject` for whose quota it is) and `unchanged: true` where an accepted call
must change nothing. `save: {name: $.decision.name}` keeps a part of the answer for `${name}`. After every refusal the
server's state is as before, unless `expect` says `changed: true`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from google.protobuf import descriptor_pool, json_format
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2

from tests.golden.documents import documents
from tests.golden.harness import Server
from tests.golden.matching import at, differences, filled
from tests.golden.transport import Answer, Flow, Outgoing, Transport

FOLDER: Final = Path(__file__).parent
HEARTBEAT: Final = "STREAM_EVENT_TYPE_HEARTBEAT"
RETRIED: Final = frozenset({"RESOURCE_EXHAUSTED", "UNAVAILABLE"})


@dataclass(frozen=True, slots=True)
class Case:
    """One golden case."""

    title: str
    steps: list[dict[str, Any]]
    settings: dict[str, Any] = field(default_factory=dict)
    not_over: dict[str, str] = field(default_factory=dict)
    file: str = ""

    def __str__(self) -> str:
        return f"{self.file}: {self.title}"


@cache
def cases() -> tuple[Case, ...]:
    """Every case of the folder."""
    paths = sorted((FOLDER / "cases").glob("*.yaml"))
    return tuple(Case(**document, file=path.stem) for path in paths for document in documents(path))


@cache
def templates() -> dict[str, Any]:
    """Requests that cases share. They are copied when they are filled in."""
    (data,) = documents(FOLDER / "templates.yaml")
    return dict(data)


class Runner:
    """Runs one case against one server."""

    def __init__(self, server: Server, transport: Transport) -> None:
        self._server = server
        self._transport = transport
        self._templates = templates()
        self._names: dict[str, Any] = {}
        self._waiting: dict[str, asyncio.Task[Answer]] = {}
        self._flows: dict[str, Flow] = {}
        self._methods: dict[str, MethodDescriptor] = {}

    async def run(self, case: Case) -> None:
        """Takes the steps in order. Raises AssertionError that names the step at fault."""
        for number, step in enumerate(case.steps, 1):
            try:
                for _ in range(step.get("times", 1)):
                    await self._take(step)
            except (AssertionError, LookupError, TimeoutError) as error:
                error.add_note(f"{case}: step {number}: {step}"[:2_000])
                raise
        for flow in self._flows.values():
            flow.cancel()

    async def _take(self, step: dict[str, Any]) -> None:
        match step:
            case {"advance": span}:
                await self._server.advance(span)
            case {"permit": rights}:
                await self._server.permit(rights)
            case {"policies": files}:
                await self._server.rule(files)
            case {"drain": True}:
                await self._server.drain()
            case {"await": name}:
                self._check(step, self._methods[name], await asyncio.wait_for(self._waiting.pop(name), 20))
            case {"read": name}:
                await self._read(name, step)
            case {"end": name}:
                self._check(step, self._methods[name], await asyncio.wait_for(self._flows.pop(name).end(), 20))
            case {"close": name}:
                await self._server.without_stream(self._flows.pop(name).cancel)
            case {"call": _, "background": name}:
                await self._leave_waiting(name, step)
            case {"call": _, "stream": name}:
                method, outgoing = self._outgoing(step)
                self._methods[name] = method
                self._flows[name] = self._transport.stream(outgoing)
            case {"call": _}:
                await self._call(step)
            case _:
                raise AssertionError("no such step")

    async def _call(self, step: dict[str, Any]) -> None:
        method, outgoing = self._outgoing(step)
        before = await self._server.state()
        if method is not None and method.server_streaming:
            answer = await asyncio.wait_for(self._transport.stream(outgoing).end(), 20)
        else:
            answer = await self._transport.unary(outgoing)
        self._check(step, method, answer)
        expect = step.get("expect", {})
        if (answer.code != "OK" or expect.get("unchanged")) and not expect.get("changed"):
            assert await self._server.state() == before, "the call changed the state"

    async def _leave_waiting(self, name: str, step: dict[str, Any]) -> None:
        method, outgoing = self._outgoing(step)
        self._methods[name] = method
        task = asyncio.create_task(self._transport.unary(outgoing))
        self._waiting[name] = task
        await self._server.blocked(task)

    async def _read(self, name: str, step: dict[str, Any]) -> None:
        method, wanted = self._methods[name], step.get("expect", {}).get("response", {})
        while True:
            body = await asyncio.wait_for(self._flows[name].read(), 20)
            assert body is not None, f"the stream {name} has ended"
            response = _json(_response(method, body))
            if response["type"] != HEARTBEAT or wanted.get("type") == HEARTBEAT:
                break
        self._compare(step, response)

    def _outgoing(self, step: dict[str, Any]) -> tuple[Any, Outgoing]:
        service, _, name = step["call"].rpartition(".")
        service = service if "." in service else f"andon.v1.{service}"
        method = _method(service, name)
        metadata = (*self._server.credentials(step.get("as", "")), *step.get("metadata", {}).items())
        body, text = self._body(method, step)
        return method, Outgoing(f"/{service}/{name}", body, metadata, text)

    def _body(self, method: MethodDescriptor | None, step: dict[str, Any]) -> tuple[bytes, str]:
        """The request in binary and in JSON."""
        message: Message = GetMessageClass(method.input_type)() if method is not None else Empty()
        if "raw" in step:
            body = bytes.fromhex(step["raw"])
            return body, step.get("json") or json_format.MessageToJson(type(message).FromString(body))
        request = filled(step.get("request", {}), self._names, self._templates)
        if method is not None:
            json_format.ParseDict(request, message, max_recursion_depth=1_000)
        return message.SerializeToString(), json_format.MessageToJson(message)

    def _check(self, step: dict[str, Any], method: MethodDescriptor | None, answer: Answer) -> None:
        expect = step.get("expect", {})
        assert answer.code == expect.get("code", "OK"), f"{answer.code}: {answer.text}"
        if answer.code != "OK":
            _check_error(filled(expect.get("error", {}), self._names, self._templates), answer)
        elif method is not None and not method.server_streaming:
            self._compare(step, _json(_response(method, answer.body)))

    def _compare(self, step: dict[str, Any], response: Any) -> None:
        wanted = filled(step.get("expect", {}).get("response", {}), self._names, self._templates)
        faults = list(differences(wanted, response))
        assert not faults, "\n".join(faults)
        self._names.update({name: at(response, path) for name, path in step.get("save", {}).items()})


def _check_error(wanted: dict[str, Any], answer: Answer) -> None:
    """What holds for every refusal, and what the case expects of this one."""
    status = answer.status
    assert status is not None, f"no details: {answer}"
    details = {detail.type_url.rpartition(".")[2]: detail for detail in status.details}
    assert len(details) == len(status.details), f"a detail is given twice: {status}"
    assert status.message == answer.text
    info = error_details_pb2.ErrorInfo.FromString(details["ErrorInfo"].value)
    request = error_details_pb2.RequestInfo.FromString(details["RequestInfo"].value)
    assert info.domain == "andon.dev"
    assert request.request_id
    assert ("RetryInfo" in details) is (answer.code in RETRIED)
    if retry := wanted.pop("retry", None):
        assert error_details_pb2.RetryInfo.FromString(details["RetryInfo"].value).retry_delay.ToJsonString() == retry
    if subject := wanted.pop("subject", None):
        (violation,) = error_details_pb2.QuotaFailure.FromString(details["QuotaFailure"].value).violations
        assert violation.subject == subject
    found: dict[str, Any] = {"reason": info.reason, "metadata": dict(info.metadata), "text": answer.text, "fields": []}
    if "BadRequest" in details:
        request_faults = error_details_pb2.BadRequest.FromString(details["BadRequest"].value)
        found["fields"] = [violation.field for violation in request_faults.field_violations]
    faults = list(differences(wanted, found))
    assert not faults, "\n".join(faults)


def _method(service: str, name: str) -> Any:
    try:
        return descriptor_pool.Default().FindServiceByName(service).FindMethodByName(name)
    except KeyError:
        return None


def _response(method: MethodDescriptor, body: bytes) -> Message:
    message: Message = GetMessageClass(method.output_type)()
    message.ParseFromString(body)
    return message


def _json(message: Message) -> Any:
    return json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
