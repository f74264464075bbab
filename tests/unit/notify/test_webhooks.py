"""One call of a service: signed, bounded, and judged by its answer."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from typing import Final

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from andon.domain.clock import SECOND, SystemClock
from andon.notify.events import Filter
from andon.notify.sending import Sent
from andon.notify.subscriptions import Webhook
from andon.notify.webhooks import WebhookSender
from tests.clock import START
from tests.unit.notify.receiver import OLDER, SECRET, Receiver

BODY: Final = '{"word":"ü"}'.encode()


def hook(service: Receiver) -> Webhook:
    return Webhook("hook", Filter(frozenset()), url=service.url, secrets=(SECRET,))


async def send(webhook: Webhook, now: int = START, timeout: float = 20.0) -> Sent:
    return await WebhookSender(timeout).send(webhook, "id-1", BODY, now)


async def test_who_knows_the_secret_can_verify(service: Receiver) -> None:
    now = SystemClock().now()
    assert await send(hook(service), now) == Sent()
    (got,) = service.got
    assert got.path == "/hook"
    assert (got.body, got.headers["webhook-id"]) == (BODY, "id-1")
    assert got.headers["webhook-timestamp"] == str(now // SECOND)
    assert got.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert Verifier(SECRET).verify(got.body, got.headers) == {"word": "ü"}
    for other, body in ((OLDER, got.body), (SECRET, b"{}")):
        with pytest.raises(WebhookVerificationError):
            Verifier(other).verify(body, got.headers)


async def test_while_a_secret_is_changed_both_verify(service: Receiver) -> None:
    both = replace(hook(service), secrets=(SECRET, OLDER))
    await send(both, SystemClock().now())
    for secret in both.secrets:
        assert Verifier(secret).verify(service.got[0].body, service.got[0].headers)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("204 No Content", Sent()),
        ("500 Internal Server Error", Sent("HTTP 500")),
        ("404 Not Found", Sent("HTTP 404")),
        ("410 Gone", Sent("HTTP 410: gone", final=True)),
        ("302 Found\nlocation: /elsewhere", Sent("HTTP 302: redirects are not followed; change the url")),
        ("429 Too Many Requests\nretry-after: 120", Sent("HTTP 429", 120 * SECOND)),
        ("503 Busy\nretry-after: Mon, 21 Sep 2026 14:13:30 GMT", Sent("HTTP 503", 10 * SECOND)),
        ("503 Busy\nretry-after: soon", Sent("HTTP 503")),
        ("503 Busy\nretry-after: Mon, 21 Sep 1970 14:13:30 GMT", Sent("HTTP 503")),
    ],
)
async def test_the_answer_decides(service: Receiver, answer: str, expected: Sent) -> None:
    service.answers = [answer]
    assert await send(hook(service)) == expected
    assert len(service.got) == 1


async def test_an_answer_is_not_read(service: Receiver) -> None:
    service.answers = ["200 OK\ncontent-length: 999999999999"]
    assert await send(hook(service)) == Sent()


async def test_who_does_not_answer_is_given_up(service: Receiver) -> None:
    service.answers = [None]
    assert await send(hook(service), timeout=0.05) == Sent("no answer within 0.05 s")


async def test_others_work_while_a_service_thinks(service: Receiver) -> None:
    service.answers = [None]
    sending = asyncio.create_task(send(hook(service)))
    await asyncio.wait_for(service.called.wait(), 5)
    assert not sending.done()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending


async def test_a_service_that_hangs_up(service: Receiver) -> None:
    service.answers = ["no http"]
    sent = await send(hook(service))
    assert sent.error
    assert service.url not in sent.error


async def test_nobody_listens_there(service: Receiver) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/secret"
        assert await send(replace(hook(service), url=url)) == Sent("connection refused")


async def test_no_such_host(service: Receiver) -> None:
    sent = await send(replace(hook(service), url="https://nowhere.invalid/secret"))
    assert sent == Sent("the host's name can't be resolved")


async def test_what_speaks_no_tls_is_not_believed(service: Receiver) -> None:
    sent = await send(replace(hook(service), url=service.url.replace("http:", "https:")), timeout=0.2)
    assert sent.error
    assert not service.got
