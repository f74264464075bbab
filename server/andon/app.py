"""The composition root: every part is made here, once, and handed to those who need it. Nothing imports this module
but the command line."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import grpc
from prometheus_client import CollectorRegistry

from andon.auth.authenticator import Authenticator
from andon.config import Settings
from andon.domain.clock import MILLISECOND, SECOND, Clock, SystemClock
from andon.domain.ids import Ids
from andon.engines import open_store
from andon.notify.file import NotificationFile
from andon.policy.coin import HmacCoin
from andon.policy.watch import PolicyFolder
from andon.rpc.convert import ProposalReader
from andon.rpc.facts import decision_environment, recorded_facts
from andon.rpc.pipeline import Endpoint, Gate, Pipeline
from andon.rpc.server import GrpcServer
from andon.rpc.services import every_endpoint
from andon.store.ledger import SERVER, LedgerKind
from andon.store.port import Store
from andon.telemetry.journal import Journal
from andon.telemetry.logs import get_logger
from andon.telemetry.metrics import Metrics
from andon.usecases.context import Context
from andon.usecases.eligibility import Eligibility
from andon.usecases.estimates import WINDOW, Estimates
from andon.usecases.limits import Limits
from andon.usecases.seats import Seats
from andon.usecases.waiters import Waiters
from andon.web.door import HttpDoor
from andon.web.listener import Connections, Tls
from andon.web.operators import Operators
from andon.workers.looper import Duty, Looper, stop_all
from andon.workers.notifications import RereadNotifications, log_notification_warnings
from andon.workers.notify import INTERVAL as NOTIFY_INTERVAL
from andon.workers.notify import Notify
from andon.workers.reload import Reload
from andon.workers.servers import INTERVALS, duties_of_many, resign
from andon.workers.timers import Age, Climb, Expire, MakeRoom, Reclaim, Return, Sweep, Timers
from andon.workers.tokens import RereadTokens, Tokens

TIMER_INTERVAL: Final = 0.25
SWEEP_INTERVAL: Final = 5.0
ROOM_INTERVAL: Final = 600.0
_log = get_logger("andon.app")


class App:
    """One running server."""

    def __init__(self, settings: Settings, context: Context, policies: PolicyFolder, metrics: Metrics) -> None:
        self.settings: Final = settings
        self.context: Final = context
        self.policies: Final = policies
        self.metrics: Final = metrics
        self.port = 0
        self.http_port = 0
        self._up = False
        self.duties: dict[str, Duty] = {}
        self.loopers: list[Looper] = []
        self._gate: Gate | None = None
        self._server: GrpcServer | None = None
        self._web: HttpDoor | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether calls are taken, and the store can still commit."""
        return self._up and not self.context.store.dead

    async def serve(self, authenticator: Authenticator) -> None:
        """Takes the ports and answers. Raises OSError where a port is taken."""
        settings, waiters = self.settings, self.context.waiters
        self._gate = Gate(settings.max_active_calls, lambda: len(waiters) + len(self.context.seats))
        pipeline = Pipeline(self.metrics, self._gate, authenticator)
        served = _endpoints(self.context, settings, self.metrics, self.policies)
        self._web = _http_door(self, pipeline, served)
        self.http_port = self._web.bind(settings.http_listen.host, settings.http_listen.port)
        self._server = GrpcServer(
            pipeline,
            served,
            self.metrics,
            _grpc_options(settings),
            max_message_size=settings.max_message_size,
            max_open_streams=settings.max_streams,
            with_reflection=settings.reflection,
        )
        self.metrics.live(waiters, self.context.seats)
        self.port = self._server.bind(str(settings.listen), _grpc_credentials(settings))
        self._web.start()
        await self._server.start()
        await self._server.serving()
        await self._server.policies_current(not self.policies.faults)
        self._up = True
        self._watch = asyncio.create_task(self._watch_store(), name="store-watch")

    async def drain(self) -> None:
        """Goes down and loses nothing: tell health, let waiters and streams end by themselves, finish the rest."""
        self._up = False
        if self._watch is not None:
            self._watch.cancel()
        if self._server is None or self._gate is None or self._web is None:
            return
        _log.info("draining", waiters=len(self.context.waiters), streams=len(self.context.seats))
        await self._server.not_serving()
        self._gate.draining = True
        self.context.waiters.drain()
        self.context.seats.drain()
        grace = self.settings.drain_timeout / SECOND
        await asyncio.gather(self._server.stop(grace), self._web.drained(grace))
        await resign(self.context)

    async def close(self) -> None:
        """Lets go of the HTTP port, on which probes are answered to the end."""
        if self._web is not None:
            await self._web.stop()

    async def _watch_store(self) -> None:
        await self.context.store.died()
        _log.critical("store dead", hint="nothing can be recorded any more; restart the server")
        if self._server is not None:
            await self._server.not_serving()

    def health_details(self) -> Mapping[str, object]:
        """What /healthz tells: `degraded` where what is on disk is not what is in force, and what else to mend."""
        faults = [str(fault) for fault in self.policies.faults]
        current = self.policies.current
        policies = {"revision": current.revision, "faults": faults, "warnings": list(map(str, current.warnings))}
        return {"status": "degraded" if faults else "ok", "policies": policies}

    def reload(self) -> None:
        """Looks at policy and token files at once (SIGHUP)."""
        for looper in self.loopers:
            looper.wake()

    async def policies_changed(self) -> None:
        """Records which revision is in force, or that what is on disk could not be taken."""
        current = self.policies.current
        self.metrics.set_policies(current)
        faults = self.policies.faults
        self.metrics.reloaded("failed" if faults else "ok")
        if self._server is not None:
            await self._server.policies_current(not faults)
        if faults:
            _log.error("policies not taken", revision=current.revision, faults=[str(fault) for fault in faults])
            return
        self.context.seats.wake_all()  # other people may be fit for what waits
        body = {"revision": current.revision, "policies": list(current.policies)}
        await self.context.store.record(LedgerKind.REVISION, SERVER, body, self.context.clock.now())
        _log.info("policies in force", revision=current.revision, policies=list(current.policies))
        for warning in current.warnings:
            _log.warning("policies", mend=str(warning))


@asynccontextmanager
async def build(
    settings: Settings,
    authenticator: Authenticator,
    *,
    clock: Clock | None = None,
    tokens: Tokens | None = None,
    duties: bool = True,
) -> AsyncIterator[App]:
    """A server that answers as long as the context lasts, and drains at its end.

    Raises OSError (port taken), StoreLocked, StoreUnusable, PolicyFaults, NotificationFaults. `tokens` are what the
    authenticator knows, to be read again where they change. With `duties` False no background duty runs by itself:
    tests step them.
    """
    async with AsyncExitStack() as stack:
        registry = CollectorRegistry()
        metrics = Journal(registry)
        clock = clock or SystemClock()
        policies = PolicyFolder(settings.policies, decision_environment(), clock)
        notices = NotificationFile(settings.notifications, os.environ)
        log_notification_warnings(notices)
        store = await open_store(settings.store, connections=settings.store_connections, observe=metrics.committed)
        stack.push_async_callback(store.close)
        context = await _context(settings, store, policies, metrics, clock)
        app = App(settings, context, policies, metrics)
        await app.policies_changed()
        app.duties = _duties(app)
        notify = Notify(context, lambda: notices.current, metrics, public_url=settings.public_url)
        app.duties |= {"notify": notify, "notifications": RereadNotifications(notices)}
        stack.push_async_callback(notify.close)
        if tokens is not None:
            app.duties["tokens"] = RereadTokens(tokens, authenticator.current, context)
        if duties:
            _start_duties(stack, app)
        stack.push_async_callback(app.close)
        await app.serve(authenticator)
        stack.push_async_callback(app.drain)
        yield app


async def _context(settings: Settings, store: Store, policies: PolicyFolder, metrics: Metrics, clock: Clock) -> Context:
    limits = _limits(settings)
    depths = await store.queue_depths()
    eligibility = Eligibility(lambda: policies.current, recorded_facts)
    return Context(
        store=store,
        policies=lambda: policies.current,
        facts=recorded_facts,
        coin=HmacCoin(await store.secret("sampling", secrets.token_bytes(32))),
        clock=clock,
        ids=Ids(clock),
        limits=limits,
        waiters=Waiters(limits.max_waiters),
        seats=Seats(limits.max_streams, limits.stream_buffer, eligibility),
        eligibility=eligibility,
        estimates=Estimates(await store.recent_waits(WINDOW)),
        observer=metrics,
        leading=not store.shared,
        open_tasks=sum(depth.waiting + depth.leased for depth in depths.values()),
    )


def _http_door(app: App, pipeline: Pipeline, served: Sequence[Endpoint]) -> HttpDoor:
    settings, metrics = app.settings, app.metrics

    async def refresh() -> None:
        store, now = app.context.store, app.context.clock.now()
        metrics.depths(await store.queue_depths(), now)
        metrics.backlog(await store.outbox.backlog(), now)

    return HttpDoor(
        pipeline,
        served,
        metrics,
        Operators(metrics.registry, refresh, lambda: app.ready, app.health_details),
        max_message_size=settings.max_message_size,
        cors_origins=settings.cors_origins,
        image_origins=settings.image_origins,
        connections=_connections(settings),
        tls=_tls(settings),
    )


def _connections(settings: Settings) -> Connections:
    """Room for a connection each of all that may be under way, and for as many that are idle."""
    return Connections(
        at_once=2 * (settings.max_active_calls + settings.max_waiters + settings.max_streams),
        probe_after=settings.keepalive_time // SECOND,
        give_up_after=settings.keepalive_timeout // SECOND,
    )


def _tls(settings: Settings) -> Tls | None:
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    return Tls(settings.tls_certificate, settings.tls_key)


def _grpc_credentials(settings: Settings) -> grpc.ServerCredentials | None:
    """Raises OSError, naming the file, where one can't be read."""
    tls = _tls(settings)
    if tls is None:
        return None
    return grpc.ssl_server_credentials([(tls.key.read_bytes(), tls.certificate.read_bytes())])


def _duties(app: App) -> dict[str, Duty]:
    context = app.context
    timed: list[Duty] = [Expire(context), Climb(context), Reclaim(context), Age(context)]
    others: list[Duty] = [Timers(context, timed), Sweep(context), Return(context), MakeRoom(context)]
    named: dict[str, Duty] = {duty.name: duty for duty in (*timed, *others)}
    if context.store.shared:
        named |= {duty.name: duty for duty in duties_of_many(context)}
    named["reload"] = Reload(app.policies, app.policies_changed)
    return named


def _start_duties(stack: AsyncExitStack, app: App) -> None:
    poll = app.settings.policy_poll_interval / SECOND
    intervals = {
        "timers": TIMER_INTERVAL,
        "return": TIMER_INTERVAL,
        "sweep": SWEEP_INTERVAL,
        "reload": poll,
        "tokens": poll,
        **INTERVALS,
    }
    intervals |= {"notify": NOTIFY_INTERVAL, "notifications": poll, "room": ROOM_INTERVAL}
    for name in intervals.keys() & app.duties.keys():
        looper = Looper(app.duties[name], intervals[name])
        looper.start()
        app.loopers.append(looper)
    stack.push_async_callback(stop_all, app.loopers)


def _endpoints(context: Context, settings: Settings, metrics: Metrics, policies: PolicyFolder) -> Sequence[Endpoint]:
    reader = ProposalReader(settings.max_payload_size, settings.max_payload_depth)
    return every_endpoint(context, reader, policies, metrics.refused)


def _limits(settings: Settings) -> Limits:
    return Limits(
        max_wait=settings.max_wait,
        lease_duration=settings.lease_duration,
        heartbeat_interval=settings.heartbeat_interval,
        aging_interval=settings.aging_interval,
        max_open_tasks=settings.max_open_tasks,
        max_waiters=settings.max_waiters,
        max_streams=settings.max_streams,
        stream_buffer=settings.stream_buffer,
        retrain_after=settings.retrain_after,
        max_leases_per_reviewer=settings.max_leases_per_reviewer,
        queue_weights=settings.queue_weights,
    )


def _grpc_options(settings: Settings) -> list[tuple[str, int]]:
    """Port sharing is off, so that a taken port is an error and never a second server on it."""
    return [
        ("grpc.so_reuseport", 0),
        # Twice our own limit, which answers with words; beyond, gRPC cuts without them.
        ("grpc.max_receive_message_length", 2 * settings.max_message_size),
        ("grpc.keepalive_time_ms", settings.keepalive_time // MILLISECOND),
        ("grpc.keepalive_timeout_ms", settings.keepalive_timeout // MILLISECOND),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.http2.min_ping_interval_without_data_ms", settings.min_client_ping_interval // MILLISECOND),
        ("grpc.max_connection_age_ms", settings.max_connection_age // MILLISECOND),
        ("grpc.max_connection_age_grace_ms", settings.max_connection_age_grace // MILLISECOND),
    ]
