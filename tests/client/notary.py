"""The stand-in's signatures: true ones, made with the server's own code, unless a test has it lie."""

from __future__ import annotations

import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any, cast

from andon.domain.canonical import canonical, digest
from andon.domain.decision import payload_hash
from andon.keys.ring import KeyRing
from andon.rpc.convert import ProposalReader
from andon.usecases.receipts import signed
from andon_client._gen.andon.v1 import decision_pb2
from andon_client._json import from_struct

ISSUER = "andon.example.com/ledger"
Claims = dict[str, Any]
_MAY_PASS = (decision_pb2.OUTCOME_APPROVED, decision_pb2.OUTCOME_CORRECTED, decision_pb2.OUTCOME_AUTO_APPROVED)


def base64url(data: bytes) -> str:
    """As a JWS writes bytes."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def jws(header: dict[str, Any], claims: Claims, sign: Callable[[bytes], bytes]) -> str:
    """A JWS that says anything."""
    message = f"{base64url(canonical(header).encode())}.{base64url(canonical(claims).encode())}"
    return f"{message}.{base64url(sign(message.encode()))}"


class Notary:
    """Signs what the stand-in knows. `lie` turns true claims into the receipt that is sent instead."""

    def __init__(self) -> None:
        self.keys = KeyRing.fresh(0)
        self.once = False
        self.lifetime = 3600
        self.lie: Callable[[Claims], Claims | str] | None = None
        self.redeemed: dict[str, str] = {}

    def jwks(self) -> dict[str, Any]:
        """The public keys."""
        return cast("dict[str, Any]", self.keys.jwks())

    def payload_hash(self, message: decision_pb2.Decision) -> str:
        """As the server computes it."""
        return payload_hash(ProposalReader(1 << 20, 32).proposal(message, 1), message.submitter)

    def claims(self, message: decision_pb2.Decision) -> Claims:
        """What a true receipt says."""
        end, now = message.resolution, int(time.time())
        unjudged = end.timeout_default == decision_pb2.TIMEOUT_DEFAULT_APPROVE
        claims: Claims = {
            "iss": ISSUER,
            "sub": message.name,
            "jti": f"{message.name}.0",
            "iat": now,
            "exp": now + self.lifetime,
            "action": message.action,
            "level": 0,
            "may_pass": end.outcome in _MAY_PASS or unjudged,
            "outcome": decision_pb2.Outcome.Name(end.outcome).removeprefix("OUTCOME_"),
            "payload_hash": self.payload_hash(message),
            "policy": "refunds",
            "resolve_time": "2026-01-01T00:00:00.000000Z",
            "revision": "r1",
            "submitter": message.submitter,
        }
        if end.HasField("corrected_prediction"):
            claims["corrected_prediction_hash"] = digest(canonical(from_struct(end.corrected_prediction)))
        return {**claims, "redeem": "once"} if self.once else claims

    def receipt(self, message: decision_pb2.Decision) -> str:
        """The receipt that is sent."""
        claims: Claims | str = self.claims(message)
        if self.lie is not None and isinstance(claims, dict):
            claims = self.lie(claims)
        return claims if isinstance(claims, str) else signed(self.keys, canonical(claims))
