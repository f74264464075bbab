"""The gRPC door: the contract's endpoints, health and reflection on one grpc.aio server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, Final, TypeAlias

import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc

from andon.auth.authenticator import Peer
from andon.rpc.errors import abort
from andon.rpc.open_doors import Doors, Health, Reflection
from andon.rpc.pipeline import Call, CallObserver, Endpoint, Pipeline, StatusError, read_request, unknown_method
from andon.rpc.tls import nobody, peer_of
from andon.rpc.validation import compile_rules
from andon.usecases.access import ROLES, TRIAL
from andon_client._gen.andon.v1 import (
    decision_service_pb2,
    feedback_service_pb2,
    insight_service_pb2,
    ledger_service_pb2,
    notification_service_pb2,
    policy_service_pb2,
    privacy_service_pb2,
    review_service_pb2,
    session_service_pb2,
)

SERVICES: Final[Sequence[ServiceDescriptor]] = (
    decision_service_pb2.DESCRIPTOR.services_by_name["DecisionService"],
    review_service_pb2.DESCRIPTOR.services_by_name["ReviewService"],
    feedback_service_pb2.DESCRIPTOR.services_by_name["FeedbackService"],
    insight_service_pb2.DESCRIPTOR.services_by_name["InsightService"],
    policy_service_pb2.DESCRIPTOR.services_by_name["PolicyService"],
    session_service_pb2.DESCRIPTOR.services_by_name["SessionService"],
    notification_service_pb2.DESCRIPTOR.services_by_name["NotificationService"],
    ledger_service_pb2.DESCRIPTOR.services_by_name["LedgerService"],
    privacy_service_pb2.DESCRIPTOR.services_by_name["PrivacyService"],
)
PeerOf: TypeAlias = Callable[[grpc.aio.ServicerContext[Any, Any]], Peer | None]
POLICIES: Final = "andon.policies"
_AUTHORIZATION: Final = "authorization"
SUBMIT: Final = "/andon.v1.DecisionService/Submit"
_SHALLOW: Final = frozenset({"BatchSubmit"})


def endpoints(service: ServiceDescriptor, implementation: object) -> Sequence[Endpoint]:
    """The endpoints of a service: every method of the contract must be a method of the implementation."""
    return [_endpoint(service, method, implementation) for method in service.methods]


class GrpcServer:
    """A grpc.aio server. Health and reflection are its only doors that need no credentials."""

    def __init__(
        self,
        pipeline: Pipeline,
        served: Sequence[Endpoint],
        observer: CallObserver,
        options: Sequence[tuple[str, Any]],
        *,
        max_message_size: int,
        max_open_streams: int,
        with_reflection: bool,
        known_by_certificate: bool = False,
    ) -> None:
        self._server = grpc.aio.server(options=options)
        self._doors = Doors(max_open_streams)
        self.health: Final = Health(self._doors)
        peer = peer_of if known_by_certificate else nobody
        by_service: dict[str, dict[str, grpc.RpcMethodHandler[Any, Any]]] = {}
        for endpoint in served:
            _, service, method = endpoint.method.split("/")
            by_service.setdefault(service, {})[method] = _handler(pipeline, endpoint, max_message_size, peer)
        self._server.add_generic_rpc_handlers(
            [grpc.method_handlers_generic_handler(service, methods) for service, methods in by_service.items()]
        )
        health_pb2_grpc.add_HealthServicer_to_server(self.health, self._server)
        names = [*by_service, health.SERVICE_NAME]
        if with_reflection:
            reflector = Reflection([*names, reflection.SERVICE_NAME], self._doors)
            reflection_pb2_grpc.add_ServerReflectionServicer_to_server(reflector, self._server)
        self._server.add_generic_rpc_handlers([_Unknown(observer)])
        self._names = names

    def bind(self, address: str, credentials: grpc.ServerCredentials | None = None) -> int:
        """Takes a port; 0 takes a free one. Returns the port. Raises OSError where it is taken."""
        try:
            port: int = (
                self._server.add_insecure_port(address)
                if credentials is None
                else self._server.add_secure_port(address, credentials)
            )
        except RuntimeError as error:
            raise OSError(f"can't listen on {address}: {error}") from None
        return port

    async def start(self) -> None:
        """Begins to answer; health says NOT_SERVING until `serving` is called."""
        await self._set_health(health_pb2.HealthCheckResponse.NOT_SERVING)
        await self._server.start()

    async def serving(self) -> None:
        """Tells everybody that the server is ready."""
        await self._set_health(health_pb2.HealthCheckResponse.SERVING)

    async def not_serving(self) -> None:
        """Tells everybody that the server is going down."""
        await self._set_health(health_pb2.HealthCheckResponse.NOT_SERVING)
        self._doors.end()

    async def policies_current(self, current: bool) -> None:
        """Tells health, under the name POLICIES, whether the policies on disk are those in force."""
        status = health_pb2.HealthCheckResponse
        await self.health.set(POLICIES, status.SERVING if current else status.NOT_SERVING)

    async def stop(self, grace: float) -> None:
        """Refuses new calls and lets those that run finish for `grace` seconds."""
        await self._server.stop(grace)

    async def _set_health(self, status: health_pb2.HealthCheckResponse.ServingStatus.ValueType) -> None:
        for name in ("", *self._names):
            await self.health.set(name, status)


class _Unknown(grpc.GenericRpcHandler):
    """Answers what no service of ours has, so that such calls are refused like any other, and counted."""

    def __init__(self, observer: CallObserver) -> None:
        self._observer = observer

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        async def refuse(request: bytes, context: grpc.aio.ServicerContext[Any, Any]) -> bytes:
            metadata = _metadata(context.invocation_metadata())
            await abort(context, unknown_method(self._observer, handler_call_details.method, metadata).status)

        return grpc.unary_unary_rpc_method_handler(refuse)


def _endpoint(service: ServiceDescriptor, method: MethodDescriptor, implementation: object) -> Endpoint:
    path = f"/{service.full_name}/{method.name}"
    return Endpoint(
        method=path,
        request_type=GetMessageClass(method.input_type),
        check=compile_rules(method.input_type, deep=method.name not in _SHALLOW),
        answer=getattr(implementation, method.name),
        streams=method.server_streaming,
        together=path == SUBMIT,
        idempotent=method.GetOptions().idempotency_level == MethodOptions.NO_SIDE_EFFECTS,
        trial=f"{path}{TRIAL}" if f"{path}{TRIAL}" in ROLES else "",
    )


def _handler(
    pipeline: Pipeline, endpoint: Endpoint, max_message_size: int, peer: PeerOf
) -> grpc.RpcMethodHandler[Any, Any]:
    # Bytes and not messages come in: a caller that waits then costs no more than its bytes.
    read, crowd = partial(read_request, endpoint, max_message_size), pipeline.crowd

    async def unary(body: bytes, context: grpc.aio.ServicerContext[Any, Any]) -> bytes:
        try:
            answer = await pipeline.unary(endpoint, _call(context, peer), body, read)
        except StatusError as refusal:
            await abort(context, refusal.status)
            raise
        return answer.SerializeToString()

    async def together(body: bytes, context: grpc.aio.ServicerContext[Any, Any]) -> bytes:
        await crowd.join()
        written = await unary(body, context)
        if crowd.is_one:
            await asyncio.sleep(0)  # first all answers of a commit are written, then all are sent
        return written

    async def streaming(body: bytes, context: grpc.aio.ServicerContext[Any, Any]) -> AsyncIterator[Message]:
        try:
            async with aclosing(pipeline.streaming(endpoint, _call(context, peer), body, read)) as responses:
                async for response in responses:
                    yield response
        except StatusError as refusal:
            await abort(context, refusal.status)

    if endpoint.streams:
        return grpc.unary_stream_rpc_method_handler(streaming, response_serializer=_serialize)
    return grpc.unary_unary_rpc_method_handler(together if endpoint.together else unary)


def _serialize(message: Message) -> bytes:
    return message.SerializeToString()


def _call(context: grpc.aio.ServicerContext[Any, Any], peer: PeerOf) -> Call:
    return Call(_metadata(context.invocation_metadata()), context.time_remaining(), peer=peer(context))


def _metadata(pairs: Any) -> Mapping[str, str]:
    made = {key: value for key, value in pairs if isinstance(value, str)} if pairs else {}
    if made and len(made) < len(pairs) and _AUTHORIZATION in made:
        # Several of one name are one list, as in HTTP: several credentials are none.
        made[_AUTHORIZATION] = ", ".join(text for key, text in pairs if key == _AUTHORIZATION)
    return made
