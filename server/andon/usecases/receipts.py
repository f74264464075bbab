"""GetReceipt: proof of how a decision ended, signed, for whoever must know it without asking the server."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Any, Final, cast

from andon.domain.canonical import Json, JsonObject, canonical
from andon.domain.clock import SECOND, rfc3339
from andon.domain.decision import Decision, Outcome, Resolution
from andon.domain.errors import NotResolved
from andon.domain.event import DecisionEvent, EventKind
from andon.domain.principal import Principal
from andon.domain.receipt import Naming
from andon.keys.signer import Signer
from andon.store.proofs import Recorded
from andon.usecases.backing import backed, corrected_hash, level_of
from andon.usecases.context import Context
from andon.usecases.visibility import visible_decision

TYPE: Final = "andon-receipt+jwt"
"""The `typ` of receipts: nothing else that the keys sign can be taken for one."""


class Receipts:
    """Signs what the store knows of ends."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def get(self, principal: Principal, decision_id: str, level: int = 0) -> str:
        """The receipt of an end as a JWS in compact form: of the decision's own, or that of an appeal (`level` from 1).

        It is the same each time, but for the key that signs. DecisionNotFound, also where it is not the caller's to
        see; NotResolved; ReceiptUnbacked where the ledger does not say the same.
        """
        decision = await visible_decision(self._context, principal, decision_id)
        end = await self._end(decision, level)
        told = await self._context.store.proofs.ends(decision)
        claims = claims_of(self._context.origin, decision, level, end, told)
        return signed(self._context.signer, canonical(claims))

    async def _end(self, decision: Decision, level: int) -> Resolution:
        end = decision.resolution
        if level:
            appeals = await self._context.store.appeals(decision.id) if level <= decision.appeals else ()
            end = next((appeal.resolution for appeal in appeals if appeal.level == level), None)
        if end is None:
            raise NotResolved(name=decision.name)
        return end


def claims_of(issuer: str, decision: Decision, level: int, end: Resolution, told: Sequence[Recorded]) -> JsonObject:
    """What the receipt of an end says. docs/receipts.md says what each claim means. As `backed` raises."""
    entry = backed(decision, level, end, told)
    proposal, terms = decision.proposal, decision.receipt
    claims: dict[str, Json] = {
        "iss": issuer,
        "sub": decision.name,
        "jti": f"{decision.id}.{level}",
        "iat": end.time // SECOND,
        "exp": (end.time + terms.expires) // SECOND,
        "action": proposal.action,
        "ledger": {"sequence": entry.event.sequence, "hash": entry.hash},
        "level": level,
        "may_pass": end.passes,
        "outcome": end.outcome.name,
        "payload_hash": decision.payload_hash,
        "policy": decision.routing.policy,
        "resolve_time": rfc3339(end.time),
        "revision": decision.routing.revision,
        "submitter": decision.submitter,
    }
    if proposal.on_behalf_of:
        claims["on_behalf_of"] = proposal.on_behalf_of
    if end.timeout_default is not None:
        claims["timeout_default"] = end.timeout_default.name
    if (corrected := corrected_hash(entry.event)) is not None:
        claims["corrected_prediction_hash"] = corrected
    if terms.once and end.passes:
        claims["redeem"] = "once"
    return {**claims, **_judged(terms.naming, level, end, told)}


def signed(signer: Signer, claims: str) -> str:
    """A JWS in compact form (RFC 7515) over claims in JSON, by the key that signs now."""
    while True:
        kid = cast("list[dict[str, str]]", signer.jwks()["keys"])[0]["kid"]
        header = canonical({"alg": "EdDSA", "kid": kid, "typ": TYPE})
        message = f"{_base64url(header.encode())}.{_base64url(claims.encode())}"
        signer_id, signature = signer.sign(message.encode())
        if signer_id == kid:  # else the keys were rotated in between
            return f"{message}.{_base64url(signature)}"


def _judged(naming: Naming, level: int, end: Resolution, told: Sequence[Recorded]) -> dict[str, Json]:
    """The verdicts and whose word it ended by, as far as the policy has them told."""
    verdicts = [event for event, *_ in told if _is_verdict(event, level)]
    judged: dict[str, Json] = {}
    if naming is Naming.NAMED or _is_nobodys(end):
        judged["resolved_by"] = end.resolved_by
    if verdicts and naming is not Naming.HIDDEN:
        judged["reviews"] = [_verdict(event, named=naming is Naming.NAMED) for event in verdicts]
    return judged


def _is_verdict(event: DecisionEvent, level: int) -> bool:
    """Whether it is a verdict at that level."""
    return event.kind is EventKind.REVIEWED and level_of(event) == level


def _is_nobodys(end: Resolution) -> bool:
    """Whether no reviewer's word ended it: a rule's, a policy's, time's, or that of who withdrew it."""
    return end.resolved_by.startswith(("rule:", "policy:")) or end.outcome in (Outcome.EXPIRED, Outcome.CANCELLED)


def _verdict(event: DecisionEvent, *, named: bool) -> JsonObject:
    details = cast("dict[str, Any]", event.details)
    said: dict[str, Json] = {"verdict": details["verdict"]}
    if shown := details.get("shown"):
        said["shown"] = shown["digest"]
    return {"reviewer": event.actor, "time": rfc3339(event.time), **said} if named else said


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
