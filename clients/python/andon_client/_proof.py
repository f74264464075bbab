"""Fetching receipts, checking them, and redeeming answers: written once for the async and the blocking client."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from google.protobuf import json_format

from andon_client import _methods as methods
from andon_client._calls import Caller
from andon_client._convert import time_of
from andon_client._gen.andon.v1 import decision_service_pb2, ledger_service_pb2
from andon_client.errors import ReceiptMismatch, UnknownKey
from andon_client.model import Decision, Outcome, Redemption
from andon_client.proposal import Proposal
from andon_client.receipts import KeySet, Receipt, payload_hash, verify_receipt

SigningKeys: TypeAlias = "KeySet | Mapping[str, Any] | str | Path | None"
"""The server's public keys: a KeySet, a JSON Web Key Set, or the path of a file with one."""
_ENVIRONMENT: Final = "ANDON_RECEIPT_KEYS"


class Trust:
    """Whose receipts are believed: those of pinned keys, or else of the keys that the server itself gives.

    `issuer` None: whoever they say they are from.
    """

    def __init__(self, keys: SigningKeys, issuer: str | None) -> None:
        """Raises OSError, ValueError where there is no key in the file, or in that named by ANDON_RECEIPT_KEYS."""
        self.issuer = issuer
        self.pinned = _pinned((os.environ.get(_ENVIRONMENT) or None) if keys is None else keys)
        self.known = self.pinned


class ProofCalls:
    """Receipts, and answers that hold once."""

    _caller: Caller
    _trust: Trust

    async def receipt(self, decision: Decision | str, *, level: int = 0) -> str:
        """The receipt of a decision's end, or of an appeal's (`level` from 1), as it is: nothing is checked.

        Raises NotFound, and AndonError with the reason NOT_RESOLVED while it is open.
        """
        request = decision_service_pb2.GetReceiptRequest(name=_name(decision), level=level)
        return (await self._caller.call(methods.GET_RECEIPT, request)).receipt

    async def verify(self, decision: Decision, proposal: Proposal | None = None, *, level: int = 0) -> Receipt:
        """Fetches the receipt of a decision that has passed, and checks that it allows what is about to happen.

        That is: exactly what the decision holds (`Decision.prediction`), which with a `proposal` must be exactly what
        was proposed. `level` from 1: the receipt is that of an appeal, and `Decision.resolution` its end, as
        `Decision.standing` gives it. The hash is computed here. The keys are those the client was given; else the
        server's, fetched once, and anew where a receipt names another. Raises ReceiptError, and what `receipt` raises.
        """
        if decision.masked_fields:
            kept = ", ".join(decision.masked_fields)
            raise ReceiptMismatch(f"{decision.name} can't be checked: fields are kept from your role: {kept}")
        text = await self.receipt(decision, level=level)
        told = payload_hash(decision)
        if proposal is not None and payload_hash(proposal, decision.submitter) != told:
            raise ReceiptMismatch(f"{decision.name} is not about what was sent: it was amended, or the answer is wrong")
        corrected = decision.prediction if decision.outcome is Outcome.CORRECTED else None

        def checked(keys: KeySet) -> Receipt:
            return verify_receipt(
                text,
                keys,
                decision=decision.name,
                payload_hash=told,
                prediction=corrected,
                issuer=self._trust.issuer,
                level=level,
            )

        try:
            receipt = checked(await self.receipt_keys())
        except UnknownKey:
            if self._trust.pinned is not None:
                raise
            receipt = checked(await self.receipt_keys(anew=True))
        if receipt.outcome != decision.outcome:
            raise ReceiptMismatch(
                f"{decision.name} ended as {receipt.outcome} by its receipt, not as {decision.outcome}"
            )
        return receipt

    async def redeem(self, decision: Decision | str, request_id: str = "", *, level: int | None = None) -> Redemption:
        """Uses up the answer to a decision, the one time it holds: whoever is first may let the effect happen.

        The same `request_id` gets the same answer again, with `repeated`. Without one it is made of the decision's
        name, so that a process which has crashed is told that it had been there. `level`: whose end is acted on, as in
        the receipt (0: the decision's own, from 1 an appeal's); it is refused where another stands. Raises
        AlreadyRedeemed, and AndonError with the reason NOT_REDEEMABLE.
        """
        name = _name(decision)
        request = decision_service_pb2.RedeemRequest(name=name, request_id=request_id or f"redeem:{name}", level=level)
        response = await self._caller.call(methods.REDEEM, request)
        return Redemption(response.redemption.redeemer, time_of(response.redemption.create_time), response.repeated)

    async def receipt_keys(self, *, anew: bool = False) -> KeySet:
        """The public keys that receipts are checked with: those the client was given, else the server's."""
        trust = self._trust
        if trust.known is None or (anew and trust.pinned is None):
            request = ledger_service_pb2.ListSigningKeysRequest()
            response = await self._caller.call(methods.LIST_SIGNING_KEYS, request)
            trust.known = KeySet(json_format.MessageToDict(response.jwks))
        return trust.known


def _pinned(keys: SigningKeys) -> KeySet | None:
    if keys is None:
        return None
    if isinstance(keys, (str, Path)):
        return KeySet.read(keys)
    found = keys if isinstance(keys, KeySet) else KeySet(keys)
    if not found.ids:
        raise ValueError("there is no Ed25519 public key among the signing keys")
    return found


def _name(decision: Decision | str) -> str:
    return decision.name if isinstance(decision, Decision) else decision
