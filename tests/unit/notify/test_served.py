"""Notifications of a whole server: told, counted, listed, and sent again by the command line."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from andon.workers.notify import Notify
from andon_client import Client, NotFound
from andon_client.cli.common import UsageError
from andon_client.cli.deliveries import deliveries
from andon_client.notifications import DeliveryState
from tests.golden.harness import Server, serving, token_of
from tests.unit.notify.receiver import SECRET, Receiver


@pytest.fixture
async def server(tmp_path: Path, service: Receiver) -> AsyncIterator[Server]:
    """A server that tells the service of decisions that are held."""
    file = tmp_path / "notifications.yaml"
    file.write_text(f"webhooks:\n- {{name: hook, url: '{service.url}', secret: {SECRET}, events: [decision.held]}}\n")
    file.chmod(0o600)
    async with serving(tmp_path, {"notifications": file, "public_url": "https://andon.example.com/"}) as served:
        await step(served)
        yield served


async def step(server: Server) -> None:
    """One step of the worker, to its end."""
    worker = server.app.duties["notify"]
    assert isinstance(worker, Notify)
    await worker.step()
    await worker.idle()


def client(server: Server, who: str) -> Client:
    return Client(f"127.0.0.1:{server.app.port}", token=token_of(who))


async def held(server: Server) -> str:
    """Submits a decision that a person must see."""
    async with client(server, "submitter") as submitter:
        decision = await submitter.submit(action="refund.issue", confidence=0.5, prediction={"amount": 20})
        return decision.name


async def test_what_did_not_arrive_is_listed_and_sent_again(
    server: Server, service: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    service.answers = ["410 Gone", "200 OK"]
    name = await held(server)
    await step(server)
    assert json.loads(service.got[0].body)["subject"] == name
    async with client(server, "lead") as lead:
        capsys.readouterr()  # the log
        options = Namespace(verb=None, names=[], dead=True, subscription="hook", limit=50, json=True)
        await deliveries(options, lead)
        dead = json.loads(capsys.readouterr().out)
        assert (dead["state"], dead["attempts"], dead["error"]) == ("DEAD", 1, "HTTP 410: gone")
        await deliveries(Namespace(**vars(options) | {"json": False}), lead)
        assert "HTTP 410: gone" in capsys.readouterr().out
        await deliveries(Namespace(**vars(options) | {"verb": "resend", "names": [dead["name"]]}), lead)
        assert json.loads(capsys.readouterr().out)["state"] == "PENDING"
        await server.advance("10s")
        await step(server)
        (delivery,) = [each async for each in lead.deliveries()]
        assert (delivery.state, delivery.attempts) == (DeliveryState.DELIVERED, 1)
        assert [each async for each in lead.deliveries(state=DeliveryState.DEAD)] == []
        assert delivery.name == f"deliveries/{service.got[1].headers['webhook-id']}"
        with pytest.raises(UsageError):
            await deliveries(Namespace(**vars(options) | {"verb": "resend"}), lead)
        with pytest.raises(NotFound):
            await lead.resend("deliveries/00000000-0000-7000-8000-000000000000")


async def test_lists_go_on_page_by_page(server: Server) -> None:
    for _ in range(5):
        await held(server)
    await step(server)
    async with client(server, "lead") as lead:
        names = [each.name async for each in lead.deliveries(page_size=2)]
    assert len(names) == 5
    assert names == sorted(names, reverse=True)


async def test_what_is_missing_is_measured(server: Server, service: Receiver) -> None:
    service.answers = ["410 Gone", "500 Internal Server Error"]
    await held(server)
    await step(server)
    await server.advance("10s")
    await held(server)
    await step(server)
    app = server.app
    await server.advance("3s")
    app.metrics.backlog(await app.context.store.outbox.backlog(), app.context.clock.now())
    lines = generate_latest(app.metrics.registry).decode().splitlines()
    assert {line for line in lines if "hook" in line and "_created" not in line} == {
        'andon_deliveries_total{result="dead",subscription="hook"} 1.0',
        'andon_deliveries_total{result="failed",subscription="hook"} 1.0',
        'andon_deliveries_pending{subscription="hook"} 1.0',
        'andon_dead_letters{subscription="hook"} 1.0',
        'andon_delivery_lag_seconds{subscription="hook"} 3.0',
    }


async def test_a_change_of_the_file_is_taken(server: Server, tmp_path: Path, service: Receiver) -> None:
    (tmp_path / "notifications.yaml").write_text("webhooks: 7")
    await server.app.duties["notifications"].step()
    await held(server)
    await step(server)
    assert len(service.got) == 1
    (tmp_path / "notifications.yaml").write_text("")
    await server.app.duties["notifications"].step()
    await held(server)
    await step(server)
    assert len(service.got) == 1
