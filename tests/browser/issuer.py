"""A little OpenID provider: it lets everybody in at once, as one person, and holds to PKCE."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt

from tests.unit.auth.issuing import ec_key, public

CLIENT: Final = "andon-page"
AUDIENCE: Final = "andon"
_CORS: Final = "access-control-allow-origin: *\r\naccess-control-allow-headers: *\r\n"


@dataclass
class Issuer:
    """What it lets in, and what it was asked. `life` is how long its tokens are good for (s)."""

    url: str = ""
    person: Mapping[str, Any] = field(default_factory=lambda: {"sub": "anna", "groups": ["reviewers"]})
    life: int = 600
    denies: str = ""
    renews: bool = False
    renewed: int = 0
    left: int = 0
    asked: list[Mapping[str, str]] = field(default_factory=list)
    _codes: dict[str, Mapping[str, str]] = field(default_factory=dict)
    _refresh: str = ""

    def authorize(self, given: Mapping[str, str]) -> str:
        """Where the browser is sent: back, with a code or an error."""
        self.asked.append(given)
        assert given["client_id"] == CLIENT
        assert given["code_challenge_method"] == "S256"
        back = {"state": given["state"], "iss": self.url}
        if self.denies:
            return f"{given['redirect_uri']}?{urlencode(back | {'error': self.denies})}"
        code = secrets.token_urlsafe()
        self._codes[code] = given
        return f"{given['redirect_uri']}?{urlencode(back | {'code': code})}"

    def exchange(self, given: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        """What the token endpoint answers."""
        if given["grant_type"] == "refresh_token":
            if not self.renews or given["refresh_token"] != self._refresh:
                return 400, {"error": "invalid_grant"}
            self.renewed += 1
            return 200, self._tokens("")
        asked = self._codes.pop(given["code"], None)
        if asked is None or given["redirect_uri"] != asked["redirect_uri"] or "client_secret" in given:
            return 400, {"error": "invalid_grant"}
        digest = base64.urlsafe_b64encode(hashlib.sha256(given["code_verifier"].encode()).digest())
        if digest.rstrip(b"=").decode() != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        return 200, self._tokens(asked["nonce"])

    def discovery(self) -> Mapping[str, Any]:
        """Where its endpoints are."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "end_session_endpoint": f"{self.url}/logout",
            "id_token_signing_alg_values_supported": ["ES256"],
            "authorization_response_iss_parameter_supported": True,
        }

    def _tokens(self, nonce: str) -> Mapping[str, Any]:
        now = int(time.time())
        common = {"iss": self.url, "iat": now, "exp": now + self.life, "jti": secrets.token_hex(8), **self.person}
        self._refresh = secrets.token_urlsafe()
        head = {"kid": "one"}
        return {
            "access_token": jwt.encode({**common, "aud": AUDIENCE}, ec_key(), "ES256", head),
            "id_token": jwt.encode({**common, "aud": CLIENT, "nonce": nonce}, ec_key(), "ES256", head),
            "token_type": "Bearer",
            "expires_in": self.life,
            **({"refresh_token": self._refresh} if self.renews else {}),
        }

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers one request and hangs up."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            method, target, _ = head.split(" ", 2)
            length = next(
                (int(line[15:]) for line in head.lower().splitlines() if line.startswith("content-length:")), 0
            )
            body = dict(parse_qsl((await reader.readexactly(length)).decode()))
            writer.write(self._answer(method, target, body))
            await writer.drain()
        writer.close()

    def _answer(self, method: str, target: str, body: Mapping[str, str]) -> bytes:
        path, given = urlsplit(target).path, dict(parse_qsl(urlsplit(target).query))
        if path == "/authorize":
            return _sent(self.authorize(given))
        if path == "/logout":
            self.left += 1
            return _sent(given["post_logout_redirect_uri"])
        if path == "/token" and method == "POST":
            return _said(*self.exchange(body))
        found = {
            "/.well-known/openid-configuration": self.discovery(),
            "/keys": {"keys": [public(ec_key(), kid="one", alg="ES256", use="sig")]},
        }
        return _said(200 if path in found else 404, found.get(path, {}))


def _said(status: int, value: Mapping[str, Any]) -> bytes:
    body = json.dumps(value).encode()
    head = f"HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n{_CORS}"
    return f"{head}connection: close\r\n\r\n".encode() + body


def _sent(address: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nlocation: {address}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode()


@asynccontextmanager
async def issuing() -> AsyncIterator[Issuer]:
    """An issuer on a port of its own."""
    made = Issuer()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield made
