"""The composition root: every part is made here, once, and handed to those who need it. Nothing imports this module
but the command line."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Final

from prometheus_client import CollectorRegistry

from andon.auth.authenticator import Authenticator
from andon.auth.identities import Identities
from andon.auth.offers import offers, origins
from andon.auth.signed import IdentityFile
from andon.config import Settings
from andon.derived import connections, grpc_options, http_tls, limits, tls_files, vault
from andon.domain.clock import SECOND, Clock, SystemClock
from andon.domain.errors import StoreUnavailable
from andon.domain.ids import Ids
from andon.engines import open_store
from andon.keys.file import KeyFile
from andon.keys.ring import KeyRing
from andon.keys.sealed import SealMemory, beside
from andon.keys.signer import Signer
from andon.notify.file import NotificationFile
from andon.policy.coin import HmacCoin
from andon.policy.watch import PolicyFolder
from andon.rpc.convert import ProposalReader
from andon.rpc.facts import decision_environment, recorded_facts
from andon.rpc.pipeline import Endpoint, Gate, Pipeline
from andon.rpc.server import GrpcServer
from andon.rpc.services import every_endpoint
from andon.rpc.tls import Credentials
from andon.store.ledger import SERVER, LedgerKind
from andon.store.port import Store
from andon.telemetry.journal import Journal
from andon.telemetry.logs import get_logger
from andon.telemetry.metrics import Metrics
from andon.tls.certificates import Certificates
from andon.tls.suites import is_only_tls13
from andon.usecases.context import Context
from andon.usecases.eligibility import Eligibility
from andon.usecases.estimates import WINDOW, Estimates
from andon.usecases.quotas import OpenDecisions, Rates
from andon.usecases.seats import Seats
from andon.usecases.waiters import Waiters
from andon.web.door import HttpDoor
from andon.web.operators import Operators
from andon.workers.access import Access, Tokens
from andon.workers.audit import INTERVAL as AUDIT_INTERVAL
from andon.workers.audit import Audit
from andon.workers.checkpoint import Seal
from andon.workers.looper import Duty, Looper, stop_all
from andon.workers.notify import INTERVAL as NOTIFY_INTERVAL
from andon.workers.notify import Notify
from andon.workers.reload import Reload
from andon.workers.reread import Reread
from andon.workers.secured import Renew, Secured
from andon.workers.servers import INTERVALS, duties_of_many, resign
from andon.workers.standing import Standing
from andon.workers.timers import Age, Climb, Expire, MakeRoom, Reclaim, Return, Sweep, Timers

TIMER_INTERVAL: Final = 0.25
SWEEP_INTERVAL: Final = 5.0
ROOM_INTERVAL: Final = 600.0
SEALING: Final = 5.0
"""What the last checkpoint may take when the server stops, in seconds."""
_IN_LOG: Final = "not in force; the log says why"
_log = get_logger("andon.app")


class App:
    """One running server."""

    def __init__(self, settings: Settings, context: Context, policies: PolicyFolder, metrics: Metrics) -> None:
        self.settings: Final = settings
        self.context: Final = context
        self.policies: Final = policies
        self.metrics: Final = metrics
        self.standing: Final = Standing(metrics)
        self.keys: KeyFile | None = None
        self.vouched: IdentityFile | None = None
        self.access: Access | None = None
        self.secured: Secured | None = None
        self._credentials: Credentials | None = None
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
        seats = self.context.seats
        self._gate = Gate(settings.max_active_calls, lambda: len(waiters) + len(seats), lambda: len(seats))
        rates = Rates(self.context.clock, settings.max_calls_per_second)
        pipeline = Pipeline(self.metrics, self._gate, authenticator, rates)
        served = _endpoints(self.context, settings, self.metrics, self.policies)
        self._web = _http_door(self, pipeline, served)
        self.http_port = self._web.bind(settings.http_listen.host, settings.http_listen.port)
        self._server = GrpcServer(
            pipeline,
            served,
            self.metrics,
            grpc_options(settings),
            max_message_size=settings.max_message_size,
            max_open_streams=settings.max_streams,
            with_reflection=settings.reflection,
            known_by_certificate=settings.tls_client_ca is not None,
        )
        self.metrics.live(waiters, self.context.seats)
        credentials = self._credentials.of_port if self._credentials else None
        self.port = self._server.bind(str(settings.listen), credentials)
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
        await self._seal()
        await resign(self.context)

    async def _seal(self) -> None:
        """Signs what was recorded since the last checkpoint. What is left is signed after the next start."""
        try:
            async with asyncio.timeout(SEALING):
                while self.loopers and await self.duties["checkpoint"].step():
                    pass
        except (StoreUnavailable, TimeoutError):
            _log.warning("ledger not sealed", hint="it is sealed after the next start")
        except Exception:  # whatever it is, another server must get the lead
            _log.exception("ledger not sealed", hint="it is sealed after the next start")

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
        """What /healthz tells: `degraded` where what is on disk is not what is in force, and what else to mend.

        Everybody may ask. So of the files that say who may call and what signs it tells no more than that.
        """
        faults = [str(fault) for fault in self.policies.faults]
        current = self.policies.current
        policies = {"revision": current.revision, "faults": faults, "warnings": list(map(str, current.warnings))}
        secret = {"keys": self.keys.fault if self.keys else "", **(self.access.faults if self.access else {})}
        evidence = {"ledger": self.standing.fault, **{name: _IN_LOG if fault else "" for name, fault in secret.items()}}
        found: dict[str, object] = {name: {"fault": fault} for name, fault in evidence.items() if fault}
        bad = faults or found or (self.secured and self.secured.certificates.fault)
        found |= self.secured.told() if self.secured else {}
        return {"status": "degraded" if bad else "ok", "policies": policies, **found}

    def reload(self) -> None:
        """Looks at policy and token files at once (SIGHUP)."""
        for looper in self.loopers:
            looper.wake()

    def secure(self, certificates: Certificates) -> None:
        """Both ports are to show this certificate, and every later one that the files hold."""
        self._credentials = Credentials(certificates.current)
        self.secured = Secured(certificates, self._credentials.renew, self._renew_http)
        self.metrics.certificate(lambda: certificates.current.expire_time, lambda: bool(certificates.fault))
        self.duties["tls"] = Reread("tls", certificates, self.secured.taken)
        renew, every = partial(self._renew_http, crowded=False), self.settings.max_connection_age
        self.duties["renew"] = Renew(certificates, renew, self.context.clock, every)
        if not is_only_tls13():
            _log.warning("gRPC takes TLS 1.2 as well", hint="call andon.tls.suites.only_tls13 before gRPC is imported")

    async def _renew_http(self, *, crowded: bool = True) -> bool:
        return self._web is not None and await self._web.renew(crowded=crowded)

    async def keys_changed(self, keys: KeyFile) -> None:
        """Records which keys sign, and which are trusted no more."""
        self.keys = keys
        await self.context.store.record(LedgerKind.KEYS, SERVER, keys.current.states(), self.context.clock.now())

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
    vouched: IdentityFile | None = None,
    keys: KeyFile | None = None,
    duties: bool = True,
) -> AsyncIterator[App]:
    """A server that answers as long as the context lasts, and drains at its end.

    Raises OSError (port taken), StoreLocked, StoreUnusable, VaultClosed, PolicyFaults, NotificationFaults, KeyFileError
    (what it had sealed can't be read). `tokens` and `vouched` are whom the authenticator knows, and `keys` what it
    signs with, to be read again where they change; without any it signs with a key of its own, which ends with it.
    With `duties` False no background duty runs by itself: tests step them.
    """
    async with AsyncExitStack() as stack:
        registry = CollectorRegistry()
        metrics = Journal(registry)
        clock = clock or SystemClock()
        policies = PolicyFolder(settings.policies, decision_environment(), clock)
        notices = NotificationFile(settings.notifications, os.environ)
        store = await open_store(
            settings.store,
            connections=settings.store_connections,
            observe=metrics.committed,
            vault=vault(settings),
        )
        stack.push_async_callback(store.close)
        signer = keys or KeyRing.fresh(clock.now())
        context = await _context(settings, store, policies, metrics, clock, signer)
        app = App(settings, context, policies, metrics)
        await app.policies_changed()
        app.duties = _duties(app, SealMemory(beside(keys.path) if keys else None))
        if (files := tls_files(settings)) is not None:
            app.secure(Certificates(files, clock))
        notify = Notify(context, lambda: notices.current, metrics, public_url=settings.public_url)
        app.duties |= {"notify": notify, "notifications": Reread("notifications", notices)}
        stack.push_async_callback(notify.close)
        if keys is not None:
            await app.keys_changed(keys)
            app.duties["keys"] = Reread("keys", keys, partial(app.keys_changed, keys))
        if tokens is not None:
            app.access = Access(context, authenticator.current, tokens, vouched)
            app.duties |= app.access.duties()
            await app.access.record()
        if vouched is not None:
            app.vouched = vouched
            stack.push_async_callback(vouched.close)
        if duties:
            _start_duties(stack, app)
        stack.push_async_callback(app.close)
        await app.serve(authenticator)
        stack.push_async_callback(app.drain)
        yield app


async def _context(
    settings: Settings, store: Store, policies: PolicyFolder, metrics: Metrics, clock: Clock, signer: Signer
) -> Context:
    bounds = limits(settings)
    depths = await store.queue_depths()
    eligibility = Eligibility(lambda: policies.current, recorded_facts)
    return Context(
        store=store,
        policies=lambda: policies.current,
        facts=recorded_facts,
        coin=HmacCoin(await store.secret("sampling", secrets.token_bytes(32))),
        clock=clock,
        ids=Ids(clock),
        limits=bounds,
        waiters=Waiters(bounds.max_waiters, bounds.max_waiters_per_principal),
        seats=Seats(bounds.max_streams, bounds.stream_buffer, eligibility, bounds.max_streams_per_principal),
        eligibility=eligibility,
        estimates=Estimates(await store.recent_waits(WINDOW)),
        observer=metrics,
        signer=signer,
        origin=settings.ledger_origin or f"andon.dev/{(await store.secret('origin', secrets.token_bytes(12))).hex()}",
        leading=not store.shared,
        open_tasks=sum(depth.waiting + depth.leased for depth in depths.values()),
        open_decisions=OpenDecisions(await store.open_decisions()),
    )


def _http_door(app: App, pipeline: Pipeline, served: Sequence[Endpoint]) -> HttpDoor:
    settings, metrics = app.settings, app.metrics

    def identities() -> Identities:
        return app.vouched.current_file if app.vouched else Identities()

    async def refresh() -> None:
        store, now = app.context.store, app.context.clock.now()
        metrics.depths(await store.queue_depths(), now)
        metrics.backlog(await store.outbox.backlog(), now)

    return HttpDoor(
        pipeline,
        served,
        metrics,
        Operators(
            metrics.registry,
            refresh,
            lambda: app.ready,
            app.health_details,
            app.context.signer.jwks,
            lambda: offers(identities()),
        ),
        max_message_size=settings.max_message_size,
        cors_origins=settings.cors_origins,
        image_origins=settings.image_origins,
        sign_in_origins=lambda: origins(identities()),
        connections=connections(settings),
        tls=http_tls(settings),
    )


def _duties(app: App, memory: SealMemory) -> dict[str, Duty]:
    context = app.context
    timed: list[Duty] = [Expire(context), Climb(context), Reclaim(context), Age(context)]
    others: list[Duty] = [Timers(context, timed), Sweep(context), Return(context), MakeRoom(context)]
    named: dict[str, Duty] = {duty.name: duty for duty in (*timed, *others)}
    if context.store.shared:
        named |= {duty.name: duty for duty in duties_of_many(context)}
    named |= {duty.name: duty for duty in (Seal(context, app.standing, memory), Audit(context, app.standing))}
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
        "identity": poll,
        "access": poll,
        "keys": poll,
        "tls": poll,
        "renew": app.settings.max_connection_age / SECOND / 10,
        "checkpoint": app.settings.checkpoint_interval / SECOND,
        "audit": AUDIT_INTERVAL,
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
