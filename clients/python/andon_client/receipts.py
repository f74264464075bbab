"""Receipts: proof of how a decision ended, signed by the server, and checked here before anything happens.

`verify_receipt` needs nothing but the receipt and the server's public keys: no connection, and no trust in whoever
brought the receipt.
"""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode
from binascii import Error as Malformed
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from andon_client._canonical import digest
from andon_client._gen.andon.v1 import decision_pb2
from andon_client._json import from_struct, to_struct
from andon_client.errors import ReceiptExpired, ReceiptInvalid, ReceiptMismatch, ReceiptRefuses, UnknownKey
from andon_client.model import Decision, Outcome
from andon_client.proposal import Proposal

TYPE: Final = "andon-receipt+jwt"
ALGORITHM: Final = "EdDSA"
LEEWAY: Final = 30.0
"""Seconds by which this machine's clock may be ahead of the server's."""
LARGEST: Final = 1 << 20
"""So many characters a receipt has at most."""
_HEADER: Final = {"alg", "kid", "typ"}
_TEXTS: Final = ("iss", "sub", "action", "outcome", "payload_hash", "policy", "revision", "resolve_time", "submitter")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says, once its signature was checked. `claims` is all of it, `text` the receipt itself."""

    text: str
    claims: Mapping[str, Any]

    @property
    def decision(self) -> str:
        """The decision's name."""
        return str(self.claims["sub"])

    @property
    def outcome(self) -> str:
        """How it ended, as the contract calls it: APPROVED, REJECTED, …"""
        return str(self.claims["outcome"])

    @property
    def may_pass(self) -> bool:
        """Whether the effect may happen."""
        return self.claims["may_pass"] is True

    @property
    def once(self) -> bool:
        """Whether the answer must be redeemed before it is acted on."""
        return self.claims.get("redeem") is not None

    @property
    def payload_hash(self) -> str:
        """SHA-256 of what was decided on, see `payload_hash`."""
        return str(self.claims["payload_hash"])

    @property
    def expire_time(self) -> datetime:
        """Until when the answer may be acted on."""
        return datetime.fromtimestamp(self.claims["exp"], UTC)

    @property
    def resolve_time(self) -> datetime:
        """When it ended."""
        return datetime.fromisoformat(self.claims["resolve_time"].replace("Z", "+00:00"))


class KeySet:
    """Public keys by their ids, made of a JSON Web Key Set (RFC 7517). What is no Ed25519 key is left out."""

    def __init__(self, jwks: Mapping[str, Any]) -> None:
        keys = jwks.get("keys")
        found = map(_key, keys) if isinstance(keys, Sequence) and not isinstance(keys, str) else ()
        self._keys: Final = dict(key for key in found if key is not None)

    @classmethod
    def read(cls, path: str | Path) -> KeySet:
        """The set in a file, as `/.well-known/jwks.json` gives it. Raises OSError, ValueError."""
        jwks = json.loads(Path(path).read_text("utf-8"))
        if not isinstance(jwks, dict) or not (keys := cls(jwks)).ids:
            raise ValueError(f"{path} holds no Ed25519 public key")
        return keys

    @property
    def ids(self) -> Sequence[str]:
        """The ids of the keys."""
        return list(self._keys)

    def check(self, kid: str, signature: bytes, message: bytes) -> None:
        """Raises UnknownKey, or ReceiptInvalid where the key did not sign this message."""
        key = self._keys.get(kid)
        if key is None:
            raise UnknownKey(f"the receipt is signed with a key that is not known: {kid[:64]!r}")
        try:
            key.verify(signature, message)
        except InvalidSignature:
            raise ReceiptInvalid("the receipt's signature is wrong") from None


def verify_receipt(
    receipt: str,
    keys: KeySet | Mapping[str, Any],
    *,
    decision: str | None = None,
    payload_hash: str | None = None,
    prediction: Mapping[str, Any] | None = None,
    issuer: str | None = None,
    level: int | None = 0,
    to_act: bool = True,
    now: float | None = None,
    leeway: float = LEEWAY,
) -> Receipt:
    """Checks a receipt, and returns what it says. Give what it must be about: what is None is not compared.

    `keys` are the server's public keys (a KeySet, or a JSON Web Key Set). `decision` is a decision's name,
    `payload_hash` that of what is about to happen (see `payload_hash`), `prediction` what is about to be acted on
    where it was corrected, `issuer` who must have issued it, `level` which appeal's end it is (0: the decision's own).
    `to_act`: it must also allow the effect, now; False: it is read as proof, whatever it says and however old it is.
    `now` is in seconds since the epoch, by default this machine's clock.

    Raises ReceiptInvalid, UnknownKey, ReceiptMismatch, ReceiptRefuses, ReceiptExpired.
    """
    found = _opened(receipt, keys if isinstance(keys, KeySet) else KeySet(keys))
    expected = (("iss", issuer), ("sub", decision), ("payload_hash", payload_hash), ("level", level))
    for claim, value in expected:
        if value is not None and found.claims[claim] != value:
            raise ReceiptMismatch(f"the receipt's {claim} is {found.claims[claim]!r}, not {value!r}")
    _check_prediction(found, prediction)
    if to_act:
        _check_allowed(found, time.time() if now is None else now, leeway)
    return found


def payload_hash(proposal: Proposal | Decision | decision_pb2.Decision, submitter: str = "") -> str:
    """SHA-256 of what was submitted, and by whom, as receipts name it: see docs/receipts.md.

    Computed here from what the proposal, or the decision, holds; nothing that the server says of the hash is used.
    `submitter` is the name in the server's credentials; a decision knows it.
    """
    if isinstance(proposal, Decision):
        return digest(_of_decision(proposal))
    message = proposal.to_message() if isinstance(proposal, Proposal) else proposal
    return digest(_of_message(message, submitter or message.submitter))


def _of_message(message: decision_pb2.Decision, submitter: str) -> dict[str, Any]:
    stated = message.attributes
    attributes: dict[str, Any] = {
        "amount": stated.amount.value if stated.HasField("amount") else None,
        "currency": stated.currency,
        "irreversible": stated.irreversible,
        "anomalous": stated.anomalous,
        "regulated": stated.regulated,
        "high_value": stated.high_value,
        "subject": stated.subject,
        "extra": from_struct(stated.extra),
    }
    return _payload(
        action=message.action,
        attributes=attributes,
        confidence=message.confidence,
        input=from_struct(message.input),
        model={"name": message.model.name, "version": message.model.version},
        on_behalf_of=message.on_behalf_of,
        prediction=from_struct(message.prediction),
        reasoning=message.reasoning,
        submitter=submitter,
    )


def _of_decision(decision: Decision) -> dict[str, Any]:
    stated = decision.attributes
    names = ("amount", "currency", "irreversible", "anomalous", "regulated", "high_value", "subject", "extra")
    return _payload(
        action=decision.action,
        attributes={name: getattr(stated, name) for name in names},
        confidence=decision.confidence or 0.0,
        input=_as_sent(decision.input),
        model={"name": decision.model.name, "version": decision.model.version},
        on_behalf_of=decision.on_behalf_of,
        prediction=_as_sent(decision.proposed),
        reasoning=decision.reasoning or "",
        submitter=decision.submitter,
    )


def _as_sent(value: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the contract makes of it: other libraries' numbers, for one, are doubles there."""
    return from_struct(to_struct(value or {}))


def _payload(*, attributes: Mapping[str, Any], on_behalf_of: str, **members: Any) -> dict[str, Any]:
    """The object that is hashed: of the attributes those that are set, `on_behalf_of` only where it says something."""
    amount = attributes["amount"]
    stated = {name: value for name, value in attributes.items() if name != "amount" and value}
    members["attributes"] = stated if amount is None else {"amount": amount, **stated}
    return {**members, "on_behalf_of": on_behalf_of} if on_behalf_of else members


def _opened(text: str, keys: KeySet) -> Receipt:
    """The receipt behind a JWS in compact form. Only one algorithm and one type are known, whatever its header says."""
    parts = text.split(".") if len(text) <= LARGEST and text.isascii() else []
    if len(parts) != 3:
        raise ReceiptInvalid("this is no receipt: a JWS in compact form has three parts")
    header = _object(parts[0])
    if header.get("alg") != ALGORITHM or header.get("typ") != TYPE or set(header) != _HEADER:
        raise ReceiptInvalid(f"this is no receipt: its header must say {ALGORITHM}, {TYPE} and a key, and nothing else")
    keys.check(str(header["kid"]), _bytes(parts[2]), f"{parts[0]}.{parts[1]}".encode())
    return Receipt(text, _checked(_object(parts[1])))


def _checked(claims: dict[str, Any]) -> dict[str, Any]:
    """Claims of the kinds that are read later."""
    faults = [name for name in _TEXTS if not isinstance(claims.get(name), str)]
    faults += [name for name in ("iat", "exp", "level") if type(claims.get(name)) is not int]
    faults += [name for name in ("may_pass",) if not isinstance(claims.get(name), bool)]
    if faults:
        raise ReceiptInvalid(f"the receipt lacks {', '.join(faults)}")
    return claims


def _check_prediction(receipt: Receipt, prediction: Mapping[str, Any] | None) -> None:
    corrected = receipt.claims.get("corrected_prediction_hash")
    if corrected is None and receipt.outcome == Outcome.CORRECTED:
        raise ReceiptInvalid("the receipt lacks corrected_prediction_hash")
    if prediction is None or corrected is None:
        return
    if digest(prediction) != corrected:
        raise ReceiptMismatch("the receipt is about another correction")


def _check_allowed(receipt: Receipt, now: float, leeway: float) -> None:
    if not receipt.may_pass:
        raise ReceiptRefuses(f"{receipt.decision} ended as {receipt.outcome}, with which the effect may not happen")
    if now > receipt.claims["exp"] + leeway:
        raise ReceiptExpired(f"{receipt.decision} may be acted on until {receipt.expire_time.isoformat()}")


def _key(jwk: Any) -> tuple[str, Ed25519PublicKey] | None:
    if not isinstance(jwk, Mapping) or (jwk.get("kty"), jwk.get("crv")) != ("OKP", "Ed25519"):
        return None
    if jwk.get("use", "sig") != "sig" or jwk.get("alg", ALGORITHM) not in (ALGORITHM, "Ed25519") or "d" in jwk:
        return None
    try:
        return str(jwk["kid"]), Ed25519PublicKey.from_public_bytes(_bytes(str(jwk["x"])))
    except (KeyError, ValueError, ReceiptInvalid):
        return None


def _object(part: str) -> dict[str, Any]:
    try:
        value = json.loads(_bytes(part), object_pairs_hook=_distinct)
    except (ValueError, RecursionError):
        raise ReceiptInvalid("this is no receipt: a part of it is no JSON") from None
    if not isinstance(value, dict):
        raise ReceiptInvalid("this is no receipt: a part of it is no object")
    return value


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands there twice")
    return found


def _bytes(part: str) -> bytes:
    try:
        if not part.isascii() or "=" in part or not part.replace("-", "a").replace("_", "a").isalnum():
            raise ValueError
        return urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (ValueError, Malformed):
        raise ReceiptInvalid("this is no receipt: a part of it is not base64url") from None
