"""An issuer of one's own: keys, tokens signed with them, and a little HTTP server that gives the public ones."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from andon.domain.clock import SECOND
from tests.clock import START

NOW: Final = START // SECOND
URL: Final = "https://id.example.com"
AUDIENCE: Final = "andon"


@cache
def rsa_key(number: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    """An RSA key; another for another number."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits + 0 * number)


@cache
def ec_key(number: int = 0) -> ec.EllipticCurvePrivateKey:
    """A key on P-256; another for another number."""
    return ec.generate_private_key(ec.SECP256R1())


@cache
def ed_key(number: int = 0) -> ed25519.Ed25519PrivateKey:
    """An Ed25519 key; another for another number."""
    return ed25519.Ed25519PrivateKey.generate()


def public(key: Any, **members: Any) -> dict[str, Any]:
    """The public half as a member of a JWKS."""
    kinds = {rsa.RSAPrivateKey: RSAAlgorithm, ec.EllipticCurvePrivateKey: ECAlgorithm}
    algorithm = next((made for kind, made in kinds.items() if isinstance(key, kind)), OKPAlgorithm)
    made: dict[str, Any] = algorithm.to_jwk(key.public_key(), as_dict=True)  # type: ignore[attr-defined]
    return {**made, **members}


def pem(key: Any) -> bytes:
    """The public half as PEM."""
    made: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return made


def claims(**others: Any) -> dict[str, Any]:
    """Claims of a good token; None leaves one out."""
    plain = {"iss": URL, "aud": AUDIENCE, "sub": "anna", "iat": NOW, "exp": NOW + 600, "groups": ["refund-team"]}
    return {name: value for name, value in (plain | others).items() if value is not None}


def token(key: Any = None, algorithm: str = "ES256", header: Mapping[str, Any] | None = None, **others: Any) -> str:
    """A token, signed by the key (the first on P-256 unless said) of the id `one`."""
    head = {"kid": "one", **(header or {})}
    made = {name: value for name, value in head.items() if value is not None}
    return jwt.encode(claims(**others), ec_key() if key is None else key, algorithm, made)


def part(value: Any) -> str:
    """A part of a token made by hand."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@dataclass
class Site:
    """What an issuer's server answers, by path: a body as it is sent, with a status; None for silence."""

    url: str = ""
    answers: dict[str, tuple[int, bytes] | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    called: asyncio.Event = field(default_factory=asyncio.Event)
    silent: set[asyncio.Task[None]] = field(default_factory=set)

    def publish(self, *keys: dict[str, Any]) -> None:
        """Has it give these keys."""
        self.say("/keys", {"keys": list(keys)})

    def say(self, path: str, value: Any, status: int = 200) -> None:
        """Has it answer with JSON."""
        self.answers[path] = (status, json.dumps(value).encode())

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers one call and hangs up."""
        task = asyncio.current_task()
        assert task is not None
        self.silent.add(task)
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                path = head.split()[1]
                self.asked.append(path)
                self.called.set()
                found = self.answers.get(path, (404, b""))
                if found is None:
                    await reader.read()  # until the other side has had enough
                    return
                writer.write(
                    b"HTTP/1.1 %d x\r\ncontent-length: %d\r\nconnection: close\r\n" % (found[0], len(found[1]))
                )
                writer.write(b"location: /elsewhere\r\n\r\n" + found[1])
                await writer.drain()
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            self.silent.discard(task)


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    """An issuer's server on a port of its own."""
    made = Site()
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        for task in list(made.silent):
            task.cancel()
        await asyncio.gather(*made.silent, return_exceptions=True)
