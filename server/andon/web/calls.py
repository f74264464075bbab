"""Connect and gRPC-Web for every method of the contract, on the pipeline that serves gRPC.

The library speaks the protocols. What a call means, and every refusal, is the pipeline's: a codec hands the bytes
through unread, and what the library itself finds wrong with them is told by the pipeline too, behind gate and auth.
Gate and auth are asked before a body is read, too: nobody has us unpack what they may not send.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from connectrpc.code import Code
from connectrpc.compression.gzip import GzipCompression
from connectrpc.errors import ConnectError
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.request import RequestContext
from connectrpc.server import ConnectASGIApplication
from connectrpc.server import Endpoint as Route
from google.protobuf.message import Message
from google.rpc import code_pb2

from andon.domain.errors import AndonError, FieldFault, FieldInvalid, MethodUnknown, PayloadTooLarge
from andon.rpc.pipeline import (
    Call,
    CallObserver,
    Cut,
    Endpoint,
    Pipeline,
    Read,
    StatusError,
    read_request,
    unknown_method,
)
from andon.web.asgi import Answer, Header, Scope, said
from andon.web.visit import Visit, cleaned, visit_of, visiting
from andon.web.wire import Body, JsonCodec, ProtobufCodec, Written, read_json, refusal, written

Context = RequestContext[Any, Any]

_CODECS: Final = ("json", "proto")
_UNARY: Final = frozenset(f"application/{codec}" for codec in _CODECS)
_STREAM: Final = frozenset(f"application/connect+{codec}" for codec in _CODECS)
_GRPC_WEB: Final = frozenset({"application/grpc-web", *(f"application/grpc-web+{codec}" for codec in _CODECS)})
# Paths of no HTTP request, by which a method that is not there reaches its refusal.
_NO_UNARY: Final = "?unary:"
_NO_STREAM: Final = "?stream:"
_OVER: Final = frozenset({Code.CANCELED, Code.DEADLINE_EXCEEDED})
# What the library says where a message is not as the protocol has it: its words, ours.
_ILL_FRAMED: Final = (
    ("unary request has", "must be one message"),
    ("decompress", "must be well-formed gzip"),
    ("'message' parameter", "must be there, as the parameter `message`"),
    ("Invalid base64", "must be base64, for its URL says so"),
    ("protocol error: sent compressed", "must say in a header how it is packed"),
)


class Calls:
    """The contract as an ASGI application."""

    def __init__(
        self, pipeline: Pipeline, served: Sequence[Endpoint], observer: CallObserver, *, max_message_size: int
    ) -> None:
        self._endpoints: Final = {endpoint.method: endpoint for endpoint in served}
        self._observer: Final = observer
        self._cut = cut = Cut()
        routes = _Routes((endpoint.method, _route(pipeline, endpoint, max_message_size, cut)) for endpoint in served)
        self.serve: Final = _Application(routes, _Refusals(pipeline, self._endpoints, observer, max_message_size, cut))

    def is_call(self, scope: Scope) -> bool:
        """Whether a request is a call, be it of a method that is not there: all but GET, and GET of a method."""
        return scope["method"] not in ("GET", "HEAD") or scope["path"] in self._endpoints

    def cut(self) -> None:
        """From now on a call whose task is cancelled is told that the server goes down."""
        self._cut.now = True

    def admit(self, scope: Scope) -> Answer | None:
        """Prepares a request for `serve`; the answer where it is no request of these protocols."""
        visiting.set(Visit())
        kind = _content_type(scope["headers"])
        endpoint = self._endpoints.get(scope["path"])
        if endpoint is None:
            _divert(scope, kind)
            return None
        if scope["method"] == "GET" and endpoint.idempotent:
            _prepare(scope, "")
            return None
        if scope["method"] != "POST":
            allowed = "GET, POST" if endpoint.idempotent else "POST"
            self._count(endpoint)
            return said(HTTPStatus.METHOD_NOT_ALLOWED, f"this method takes {allowed}", ("Allow", allowed))
        spoken = (_STREAM if endpoint.streams else _UNARY) | _GRPC_WEB
        if kind not in spoken:
            self._count(endpoint)
            listed = ", ".join(sorted(spoken))
            why = f"this method takes {listed}" + ("; gRPC has its own port" if "application/grpc" in kind else "")
            return said(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, why, ("Accept-Post", listed))
        _prepare(scope, kind)
        return None

    def _count(self, endpoint: Endpoint) -> None:
        """A request of a method in words that none of its protocols has counts as one of no method."""
        self._observer.refused(endpoint.method, MethodUnknown.reason)
        self._observer.called(endpoint.method, Code.UNIMPLEMENTED.name, 0.0)


class _Application(ConnectASGIApplication[None]):
    """The library's server, with our routes, and with bytes where it would have messages."""

    path = "/"

    def __init__(self, routes: Mapping[str, Any], refusals: _Refusals) -> None:
        super().__init__(
            service=None,
            endpoints=lambda _: routes,
            interceptors=(refusals,),
            # Twice our own limit, as on gRPC: up to there, the pipeline answers with the real size.
            read_max_bytes=2 * refusals.max_message_size,
            compressions=(GzipCompression(level=1),),
            codecs=(ProtobufCodec(), JsonCodec()),
        )


class _Routes(dict[str, Any]):
    """What answers each path. A path without a method has a route too, on which `_Refusals` stops every call."""

    def get(self, path: str, default: Any = None) -> Any:
        route = super().get(path, default)
        if route is not None or not path.startswith((_NO_UNARY, _NO_STREAM)):
            return route
        streams = path.startswith(_NO_STREAM)
        method = _method(path.partition(":")[2], idempotent=False, streams=streams)
        never: Any = None  # refused before
        return Route.server_stream(method, never) if streams else Route.unary(method, never)


class _Refusals:
    """Has the pipeline say what the library found wrong with a request, where it has a word for it.

    Calls of no method are refused here, before their body is read.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        endpoints: Mapping[str, Endpoint],
        observer: CallObserver,
        max_message_size: int,
        cut: Cut,
    ) -> None:
        self._pipeline = pipeline
        self._endpoints = endpoints
        self._observer = observer
        self._cut = cut
        self.max_message_size: Final = max_message_size

    async def on_start(self, context: Context) -> Visit:
        """Refuses calls of no method, and what need not be read to be refused."""
        visit = visiting.get()
        if (path := context.method.name) not in self._endpoints:
            raise refusal(unknown_method(self._observer, path, dict(context.request_headers)).status)
        if visit.late:
            self._observer.called(path, Code.DEADLINE_EXCEEDED.name, 0.0)
            raise ConnectError(Code.DEADLINE_EXCEEDED, "the call's time was over before it began")
        await self._screen(context, visit.fault, unread=visit.unread)
        return visit

    async def on_end(self, visit: Visit, context: Context, error: Exception | None, /) -> None:
        """Raises what the caller is told instead of the library's own error."""
        if not isinstance(error, ConnectError) or error.details or visit.reached:
            return
        if error.code not in _OVER:
            await self._screen(context, self._in_our_words(error, context), unread=error.code is Code.UNIMPLEMENTED)
        elif self._cut.now:
            await self._screen(context)  # the gate says it
        else:
            code = "CANCELLED" if error.code is Code.CANCELED else error.code.name
            self._observer.called(context.method.name, code, 0.0)

    async def _screen(self, context: Context, fault: AndonError | None = None, *, unread: bool = False) -> None:
        try:
            await self._pipeline.screen(self._endpoints[context.method.name], _call(context, self._cut), fault)
        except StatusError as refused:
            if unread and refused.reason == FieldInvalid.reason:
                refused.status.code = code_pb2.UNIMPLEMENTED  # as the protocol has it
            raise refusal(refused.status) from None

    def _in_our_words(self, error: ConnectError, context: Context) -> AndonError:
        if error.code is Code.RESOURCE_EXHAUSTED:
            declared = context.request_headers.get("content-length", "")
            actual = max(int(declared) if declared.isdigit() else 0, 2 * self.max_message_size + 1)
            return PayloadTooLarge(field="request", limit=self.max_message_size, actual=actual)
        if error.message.startswith("unknown compression"):
            return FieldInvalid((FieldFault("compression", "must be gzip or identity"),))
        why = next((ours for theirs, ours in _ILL_FRAMED if error.message.startswith(theirs)), "must be framed well")
        return FieldInvalid((FieldFault("request", why),))


def _route(pipeline: Pipeline, endpoint: Endpoint, max_message_size: int, cut: Cut) -> Any:
    read_protobuf: Read = partial(read_request, endpoint, max_message_size)
    read_as_json: Read = partial(read_json, endpoint, max_message_size)

    async def unary(body: Body, context: Context) -> Message | Written:
        visiting.get().reached = True
        try:
            read = read_as_json if body.is_json else read_protobuf
            answer = await pipeline.unary(endpoint, _call(context, cut), body.data, read)
        except StatusError as refused:
            raise refusal(refused.status) from None
        return await written(answer, is_json=body.is_json)

    async def stream(body: Body, context: Context) -> AsyncIterator[Message | Written]:
        visiting.get().reached = True
        try:
            read = read_as_json if body.is_json else read_protobuf
            async with aclosing(pipeline.streaming(endpoint, _call(context, cut), body.data, read)) as responses:
                async for response in responses:
                    yield await written(response, is_json=body.is_json)
        except StatusError as refused:
            raise refusal(refused.status) from None

    method = _method(endpoint.method, idempotent=endpoint.idempotent, streams=endpoint.streams)
    return Route.server_stream(method, stream) if endpoint.streams else Route.unary(method, unary)


def _method(path: str, *, idempotent: bool, streams: bool) -> MethodInfo[Any, Any]:
    return MethodInfo(
        name=path,
        service_name="",
        input=Body,
        output=Message,
        idempotency_level=IdempotencyLevel.NO_SIDE_EFFECTS if idempotent else IdempotencyLevel.UNKNOWN,
        stream_type=StreamType.SERVER_STREAM if streams else StreamType.UNARY,
    )


def _call(context: Context, cut: Cut) -> Call:
    left = context.timeout_ms
    return Call(dict(context.request_headers), None if left is None else left / 1_000, cut=cut)


def _content_type(headers: Iterable[Header]) -> str:
    value = next((value for name, value in headers if name == b"content-type"), b"")
    return value.decode("latin-1").partition(";")[0].strip().lower()


def _prepare(scope: Scope, kind: str) -> None:
    """Notes what the head says, and leaves the library what it can read."""
    packed = b"connect-content-encoding" if kind in _STREAM else b"content-encoding"
    visit = visit_of(scope["headers"], b"grpc-encoding" if kind in _GRPC_WEB else packed)
    visiting.set(visit)
    scope["headers"] = cleaned(scope["headers"], kind, sound=visit.fault is None and not visit.late)


def _divert(scope: Scope, kind: str) -> None:
    """Leads a call of a method that is not there to its refusal, in the protocol it speaks, or else in Connect's."""
    kind = kind if kind in _STREAM | _GRPC_WEB else "application/json"
    scope["method"] = "POST"
    scope["headers"] = cleaned(scope["headers"], kind, sound=False)
    scope["path"] = (_NO_STREAM if kind in _STREAM else _NO_UNARY) + scope["path"]
