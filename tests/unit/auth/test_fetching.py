"""How keys come from an issuer's server, and what one that is slow, huge or hostile does: nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from andon.auth.fetching import MOST_BYTES, Fetcher, FetchError
from andon.auth.identities import Issuer
from andon.auth.keyring import Keyring, read_keys
from tests.clock import FakeClock
from tests.unit.auth.issuing import Site, ec_key, public, site

DISCOVERY = "/.well-known/openid-configuration"


@pytest.fixture
async def server() -> AsyncIterator[Site]:
    async with site() as made:
        made.publish(public(ec_key(), kid="one"))
        yield made


def issuer(server: Site, keys: str = "/keys") -> Issuer:
    """The issuer at this site; without a path of its keys, they are discovered."""
    url = f"{server.url}{keys}" if keys else ""
    return Issuer(server.url, ("andon",), url, "", "sub", "", ("ES256",), 0, None, ())


async def test_keys_come_from_the_address_that_is_given(server: Site) -> None:
    assert [key.id for key in read_keys(await Fetcher()(issuer(server)))] == ["one"]
    assert server.asked == ["/keys"]


async def test_keys_are_discovered(server: Site) -> None:
    server.say(DISCOVERY, {"issuer": server.url, "jwks_uri": f"{server.url}/keys"})
    assert json.loads(await Fetcher()(issuer(server, "")))["keys"]
    assert server.asked == [DISCOVERY, "/keys"]


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (lambda url: {"issuer": f"{url}/", "jwks_uri": f"{url}/keys"}, "names another issuer"),
        (lambda url: {"jwks_uri": f"{url}/keys"}, "names another issuer"),
        (lambda _: [], "names another issuer"),
        (lambda url: {"issuer": url}, "no usable jwks_uri"),
        (lambda url: {"issuer": url, "jwks_uri": "http://id.example.com/keys"}, "no usable jwks_uri"),
        (lambda url: {"issuer": url, "jwks_uri": "file:///etc/passwd"}, "no usable jwks_uri"),
    ],
)
async def test_a_discovery_that_does_not_fit_is_none(server: Site, found: Callable[[str], object], why: str) -> None:
    server.say(DISCOVERY, found(server.url))
    with pytest.raises(FetchError, match=why):
        await Fetcher()(issuer(server, ""))
    assert server.asked == [DISCOVERY]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((500, b"{}"), "HTTP 500"),
        ((302, b""), "HTTP 302"),
        ((404, b""), "HTTP 404"),
        ((200, b"x" * (MOST_BYTES + 1)), "more than 256 KiB"),
        ((200, b"\xff"), "no UTF-8"),
        ((200, b"<html>"), "not JSON"),
        ((200, b"[" * 100_000), "not JSON"),
        ((200, b"[]"), "no JWKS"),
        ((200, b'{"keys": {}}'), "no JWKS"),
    ],
)
async def test_what_is_no_jwks_is_not_taken(server: Site, answer: tuple[int, bytes], why: str) -> None:
    server.answers["/keys"] = answer
    with pytest.raises(FetchError, match=why):
        read_keys(await Fetcher()(issuer(server)))
    assert server.asked == ["/keys"]


async def test_a_server_that_keeps_silent_is_given_up(server: Site) -> None:
    server.answers["/keys"] = None
    with pytest.raises(FetchError, match=r"no answer within 0\.05 s"):
        await Fetcher(0.05)(issuer(server))


async def test_a_server_that_is_not_there_is_no_connection(server: Site) -> None:
    gone = replace(issuer(server), jwks_url="http://127.0.0.1:1/keys")
    with pytest.raises(FetchError, match="no connection"):
        await Fetcher()(gone)


async def test_one_fetch_serves_all_who_wait_and_goes_on_when_one_of_them_leaves(server: Site) -> None:
    ring = Keyring(issuer(server), Fetcher(), FakeClock(), lambda: None)
    waiting = [asyncio.create_task(ring.renewed()) for _ in range(5)]
    await server.called.wait()
    waiting[0].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert server.asked == ["/keys"]
    assert ring.find("one", "ES256") is not None
    await ring.close()


async def test_closing_ends_a_fetch_under_way_and_who_waits_for_it(server: Site) -> None:
    server.answers["/keys"] = None
    ring = Keyring(issuer(server), Fetcher(), FakeClock(), lambda: None)
    waiting = asyncio.create_task(ring.renewed())
    await server.called.wait()
    await ring.close()
    await waiting
    assert ring.find("one", "ES256") is None
