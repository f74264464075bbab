"""Asks an issuer for its keys over HTTP: bounded in time and size, without redirects, and told in our own words."""

from __future__ import annotations

import asyncio
import json
from typing import Final, TypeAlias

import pyqwest

from andon.auth.identities import Issuer, url_fault

TIMEOUT: Final = 5.0
"""Seconds for all that one fetch takes, discovery included."""
MOST_BYTES: Final = 256 * 1024
_DISCOVERY: Final = "/.well-known/openid-configuration"
_HEADERS: Final = {"accept": "application/json", "user-agent": "andon-identity"}

Fetched: TypeAlias = str


class FetchError(Exception):
    """The keys can't be had. Its words name no secret, for there is none."""


class Fetcher:
    """Fetches keys. It keeps no cookie and follows no redirect."""

    def __init__(self, timeout: float = TIMEOUT) -> None:
        """`timeout` in seconds."""
        self._timeout: Final = timeout
        self._clients: dict[bytes | None, pyqwest.Client] = {}

    async def __call__(self, issuer: Issuer) -> Fetched:
        """The JWKS of an issuer as it was sent. Raises FetchError, and nothing else for what the other side does."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._keys(issuer)
        except TimeoutError:
            raise FetchError(f"no answer within {self._timeout:g} s") from None
        except FetchError:
            raise
        except Exception as error:  # what a library may raise for a hostile answer
            raise FetchError(f"no connection ({type(error).__name__})") from None

    async def _keys(self, issuer: Issuer) -> str:
        client = self._client(issuer.authorities)
        return await _text(client, issuer.jwks_url or await _discovered(client, issuer))

    def _client(self, authorities: bytes | None) -> pyqwest.Client:
        """Made when it is first needed: it reads the system's certificates."""
        if authorities not in self._clients:
            transport = pyqwest.HTTPTransport(
                tls_ca_cert=authorities,
                tls_include_system_certs=authorities is None,
                use_system_dns=True,
                follow_redirects=False,
                enable_otel=False,
            )
            self._clients[authorities] = pyqwest.Client(transport)
        return self._clients[authorities]


async def _discovered(client: pyqwest.Client, issuer: Issuer) -> str:
    """Where the keys are, as OpenID Connect Discovery says it, from the issuer itself and nobody else."""
    try:
        found = json.loads(await _text(client, issuer.url.rstrip("/") + _DISCOVERY))
    except (ValueError, RecursionError):
        raise FetchError("its discovery document is not JSON") from None
    if not isinstance(found, dict) or found.get("issuer") != issuer.url:
        raise FetchError("its discovery document names another issuer")
    url = found.get("jwks_uri")
    plain = isinstance(url, str) and url.startswith("http:") and not issuer.url.startswith("http:")
    if url_fault(url, query=True) or plain:
        raise FetchError("its discovery document names no usable jwks_uri")
    return str(url)


async def _text(client: pyqwest.Client, url: str) -> str:
    async with client.stream("GET", url, headers=_HEADERS) as response:
        if response.status != 200:
            raise FetchError(f"it answered HTTP {response.status}")
        body = bytearray()
        async for part in response.content:
            body += part
            if len(body) > MOST_BYTES:
                raise FetchError(f"it sent more than {MOST_BYTES // 1024} KiB")
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise FetchError("it sent no UTF-8") from None
