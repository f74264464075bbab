"""People are told through the real Apprise, by its plainest service: JSON to an address."""

from __future__ import annotations

import json
import logging
import re
import socket

import pytest

from andon.notify.events import Filter
from andon.notify.people import PeopleSender, understood
from andon.notify.sending import Sent
from andon.notify.subscriptions import People
from tests.unit.notify.receiver import Receiver


def crew(*urls: str) -> People:
    return People("crew", Filter(frozenset()), urls=urls)


def address(service: Receiver) -> str:
    return service.url.replace("http:", "json:")


def nobody() -> str:
    """An address at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"json://user:hidden@127.0.0.1:{taken.getsockname()[1]}/hidden"


async def test_a_message_arrives(service: Receiver) -> None:
    assert await PeopleSender().send(crew(address(service)), "Andon", "two\nlines") == Sent()
    (got,) = service.got
    said = json.loads(got.body)
    assert (said["title"], said["message"]) == ("Andon", "two\nlines")


async def test_one_of_many_is_enough(service: Receiver) -> None:
    assert await PeopleSender().send(crew(nobody(), address(service)), "t", "x") == Sent()


@pytest.mark.parametrize("answer", ["500 Internal Server Error", "302 Found\nlocation: /elsewhere"])
async def test_what_is_refused_has_not_arrived(service: Receiver, answer: str) -> None:
    service.answers = [answer]
    assert await PeopleSender().send(crew(address(service)), "t", "x") == Sent("none of 1 addresses took it")
    assert len(service.got) == 1


async def test_no_address_is_told_or_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        people = crew(nobody())
        sent = await PeopleSender().send(people, "t", "x")
    assert sent.error
    assert "hidden" not in f"{sent} {people!r} {[record.getMessage() for record in caplog.records]}"


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("json://localhost", True),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#alerts", True),
        ("mailto://user:pass@example.com", True),
        ("nonsense://x", False),
        ("", False),
        ("slack://", False),
    ],
)
def test_what_apprise_understands(url: str, known: bool) -> None:
    assert understood(url) is known


async def test_nothing_of_a_message_is_taken_for_a_format(service: Receiver) -> None:
    text = "<b>x</b> *y* {z} &amp;"
    await PeopleSender().send(crew(address(service)), "t", text)
    assert re.search(re.escape(json.dumps(text)), service.got[0].body.decode())
