"""The composition root: what is set arrives where it counts, and the server's own timers run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import fields
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from structlog.testing import capture_logs

from andon.app import App, build
from andon.auth.authenticator import BearerAuthenticator
from andon.auth.tokens import TokenFile, create_default
from andon.config import KEYS, load
from andon.derived import grpc_options, limits
from andon.domain.clock import SECOND
from andon.domain.errors import StoreUnavailable
from andon.store.sqlite import SqliteStore
from andon.usecases.limits import Limits
from andon.workers.looper import Looper
from andon_client import Client, Decision, Outcome

POLICY = """\
policy: quick
actions: ["quick.*"]
queue: quick
confidence: {threshold: 0.9}
defaults: {deadline: 1s, on_deadline: expire}
"""
GRPC = {
    "keepalive_time": "grpc.keepalive_time_ms",
    "keepalive_timeout": "grpc.keepalive_timeout_ms",
    "min_client_ping_interval": "grpc.http2.min_ping_interval_without_data_ms",
    "max_connection_age": "grpc.max_connection_age_ms",
    "max_connection_age_grace": "grpc.max_connection_age_grace_ms",
}


class Running:
    """A server made by the composition root, and the tokens of its callers."""

    def __init__(self, app: App, tokens: Mapping[str, str]) -> None:
        self.app = app
        self.tokens = tokens

    def client(self, role: str) -> Client:
        return Client(f"127.0.0.1:{self.app.port}", token=self.tokens[role])

    async def submit(self) -> Decision:
        async with self.client("submitter") as client:
            return await client.submit(action="quick.thing", confidence=0.5)


@asynccontextmanager
async def running(folder: Path, *, duties: bool = False, **flags: str) -> AsyncIterator[Running]:
    (folder / "policies").mkdir(exist_ok=True)
    (folder / "policies" / "quick.yaml").write_text(POLICY)
    file = folder / "tokens.yaml"
    file.unlink(missing_ok=True)
    tokens = {principal.name: token for principal, token in create_default(file)}
    places = {"store": folder / "andon.db", "policies": folder / "policies", "tokens": file}
    settings = load(
        {"listen": "127.0.0.1:0", "http_listen": "127.0.0.1:0"}
        | {key: str(path) for key, path in places.items()}
        | flags,
        {},
    )
    async with build(settings, BearerAuthenticator(TokenFile.load(file)), duties=duties) as app:
        yield Running(app, tokens)


VALUES = {"queue_weights": "refunds=3, letters=0.5"}


@pytest.mark.parametrize("name", [field.name for field in fields(Limits)])
def test_every_limit_can_be_set(name: str) -> None:
    settings = load({name: VALUES.get(name) or ("7" if KEYS[name].kind.show(7) == "7" else "20s")}, {})
    assert getattr(limits(settings), name) == getattr(settings, name)
    assert getattr(limits(settings), name) != getattr(limits(load({}, {})), name)


def test_limits_and_settings_have_the_same_defaults() -> None:
    assert limits(load({}, {})) == Limits()


@pytest.mark.parametrize(("name", "option"), GRPC.items())
def test_every_setting_of_connections_reaches_grpc(name: str, option: str) -> None:
    options = dict(grpc_options(load({name: "77s"}, {})))
    assert options[option] == 77_000


def test_a_taken_port_is_never_shared_and_idle_connections_may_be_probed() -> None:
    options = dict(grpc_options(load({}, {})))
    assert options["grpc.so_reuseport"] == 0
    assert options["grpc.keepalive_permit_without_calls"] == 1


async def test_a_missed_deadline_releases_the_caller_without_anybody_asking(tmp_path: Path) -> None:
    async with running(tmp_path, duties=True) as server, server.client("submitter") as client:
        decision = await client.decide(action="quick.thing", confidence=0.5, timeout=60)
    assert decision.outcome is Outcome.EXPIRED


async def test_every_duty_has_a_looper(tmp_path: Path) -> None:
    async with running(tmp_path, duties=True) as server:
        alone = {"timers", "return", "sweep", "reload", "notify", "notifications", "room", "checkpoint", "audit"}
        assert len(server.app.loopers) == len(alone)
        assert set(server.app.duties) == {"expire", "climb", "reclaim", "age", *alone}


async def test_a_restarted_server_knows_its_open_tasks_and_its_queues_history(tmp_path: Path) -> None:
    async with running(tmp_path) as server, server.client("reviewer") as client:
        await server.submit()
        async with client.reviewer().stream() as tasks:
            await (await anext(tasks)).approve()
        await server.submit()
    async with running(tmp_path) as server:
        assert server.app.context.open_tasks == 1
        assert (await server.submit()).estimated_wait is not None
        assert server.app.context.open_tasks == 2


async def test_a_server_that_goes_down_is_not_ready_and_takes_no_more_calls(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        before = await _readyz(server)
        await server.app.drain()
        assert (before, await _readyz(server)) == (b"200", b"503")
        async with grpc.aio.insecure_channel(f"127.0.0.1:{server.app.port}") as channel:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


class Sealing:
    """The duty that signs checkpoints, where signing one fails or does not end."""

    name = "checkpoint"

    def __init__(self, fault: Exception | None) -> None:
        self.fault = fault

    async def step(self) -> bool:
        if self.fault is not None:
            raise self.fault
        await asyncio.Event().wait()
        return False


@pytest.mark.parametrize("fault", [None, StoreUnavailable(), RuntimeError("a fault of ours")])
async def test_a_last_checkpoint_that_fails_or_hangs_keeps_no_other_server_from_the_lead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception | None
) -> None:
    monkeypatch.setattr("andon.app.SEALING", 0.01)
    async with running(tmp_path) as server:
        server.app.loopers.append(Looper(server.app.duties["sweep"], 1))
        server.app.duties["checkpoint"] = Sealing(fault)
        with capture_logs() as lines:
            await server.app.drain()
        assert "ledger not sealed" in {line["event"] for line in lines}
        assert not server.app.context.leading


async def test_a_server_whose_store_has_died_is_not_ready(tmp_path: Path) -> None:
    async with running(tmp_path) as server, grpc.aio.insecure_channel(f"127.0.0.1:{server.app.port}") as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
        store = server.app.context.store
        assert isinstance(store, SqliteStore)
        with capture_logs() as lines:
            store._committer._loop.cancel()
            assert (await watch.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
        assert "store dead" in {line["event"] for line in lines}
        assert await _readyz(server) == b"503"
        with pytest.raises(StoreUnavailable):
            await store.ping()


async def test_health_tells_of_going_down_before_anything_else(tmp_path: Path) -> None:
    async with running(tmp_path) as server, grpc.aio.insecure_channel(f"127.0.0.1:{server.app.port}") as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
        reflected = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo()
        await reflected.write(reflection_pb2.ServerReflectionRequest(list_services=""))
        assert (await reflected.read()).HasField("list_services_response")
        going = asyncio.create_task(server.app.drain())
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
        async with asyncio.timeout(10):  # drain_timeout is 20 s, and neither open stream may use it up
            await going


async def test_the_doors_without_credentials_have_a_bounded_number_of_streams(tmp_path: Path) -> None:
    async with running(tmp_path, max_streams="1") as server:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{server.app.port}") as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            first = stub.Watch(health_pb2.HealthCheckRequest())
            assert (await first.read()).status == health_pb2.HealthCheckResponse.SERVING
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await stub.Watch(health_pb2.HealthCheckRequest()).read()
            first.cancel()
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_broken_policy_is_counted_and_visible_in_both_healths_until_it_is_mended(tmp_path: Path) -> None:
    async with running(tmp_path) as server, grpc.aio.insecure_channel(f"127.0.0.1:{server.app.port}") as channel:
        app, health = server.app, health_pb2_grpc.HealthStub(channel)
        asked = health_pb2.HealthCheckRequest(service="andon.policies")
        seen = []
        for text in ("policy: quick\nactions: nonsense\n", POLICY.replace("0.9", "0.95")):
            (tmp_path / "policies" / "quick.yaml").write_text(text)
            await app.duties["reload"].step()
            status = (await health.Check(asked)).status
            seen.append((app.health_details()["status"], health_pb2.HealthCheckResponse.ServingStatus.Name(status)))
        assert seen == [("degraded", "NOT_SERVING"), ("ok", "SERVING")]
        counted = app.metrics.registry.get_sample_value
        assert counted("andon_policy_reloads_total", {"result": "failed"}) == 1


async def test_a_due_retraining_is_counted_logged_and_in_the_ledger_once_with_its_cursor(tmp_path: Path) -> None:
    async with running(tmp_path, retrain_after="2") as server, server.client("reviewer") as client:
        for _ in range(3):
            await server.submit()
        with capture_logs() as lines:
            async with client.reviewer().stream() as tasks:
                for _ in range(3):
                    await (await anext(tasks)).approve()
        entries = [entry for entry in await server.app.context.store.ledger(0, 100) if entry.kind == "retrain.due"]
        counted = server.app.metrics.registry.get_sample_value
        labels = {"action": "quick.*", "model": "", "version": ""}
        retrained = counted("andon_retrain_events_total", labels)
    assert [line["cursor"] for line in lines if line["event"] == "retrain due" and line["log_level"] == "info"] == [2]
    assert [entry.body["cursor"] for entry in entries] == [2]
    assert retrained == 1


async def _readyz(server: Running) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.app.http_port)
    writer.write(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer.split()[1]


async def test_what_is_in_force_and_asks_for_a_look_is_logged_and_in_health(tmp_path: Path) -> None:
    holds = POLICY.replace("confidence: {threshold: 0.9}\n", "")
    async with running(tmp_path) as server:
        assert server.app.health_details()["policies"]["warnings"] == []  # type: ignore[index]
        (tmp_path / "policies" / "quick.yaml").write_text(holds)
        with capture_logs() as lines:
            await server.app.duties["reload"].step()
        details = server.app.health_details()
    warned = [line["mend"] for line in lines if line["log_level"] == "warning"]
    assert len(warned) == 1
    assert "quick.yaml:1:9: `quick` has no rule" in warned[0]
    assert details["policies"]["warnings"] == warned  # type: ignore[index]
    assert details["status"] == "ok"


async def test_an_empty_folder_of_policies_is_logged_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    create_default(tmp_path / "tokens.yaml")
    settings = load(
        {"listen": "127.0.0.1:0", "http_listen": "127.0.0.1:0"}
        | {"store": str(tmp_path / "andon.db"), "policies": str(tmp_path / "policies")},
        {},
    )
    authenticator = BearerAuthenticator(TokenFile.load(tmp_path / "tokens.yaml"))
    with capture_logs() as lines:
        async with build(settings, authenticator, duties=False):
            pass
    assert [line for line in lines if line["log_level"] == "warning" and "holds no policy" in line["mend"]]
    assert [line["log_level"] for line in lines if line["event"] == "draining"] == ["info"]


async def test_an_escalation_by_the_clock_is_logged_and_one_that_was_asked_for_is_not(tmp_path: Path) -> None:
    text = POLICY.replace("on_deadline: expire", "on_deadline: {escalate: {queue: leads, deadline: 1h}}")
    async with running(tmp_path) as server:
        (tmp_path / "policies" / "quick.yaml").write_text(text)
        await server.app.duties["reload"].step()
        with capture_logs() as lines:
            await server.submit()
            async with server.client("reviewer") as client, client.reviewer().stream() as tasks:
                await (await anext(tasks)).escalate()
            asked = [line for line in lines if line["event"] == "task escalated"]
            decision = await server.submit()
            server.app.context.clock = _At(server.app.context.clock.now() + 2 * SECOND)
            await server.app.duties["expire"].step()
    told = [line for line in lines if line["event"] == "task escalated"]
    assert asked == []
    assert [(line["log_level"], line["decision"], line["queue"]) for line in told] == [("info", decision.name, "leads")]


class _At:
    """A clock that stands still."""

    def __init__(self, now: int) -> None:
        self._now = now

    def now(self) -> int:
        return self._now
