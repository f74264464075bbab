"""Receipts are checked before a guarded function runs, and whatever a lying server sends, it does not run."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from andon.domain.canonical import canonical as server_canonical
from andon.keys.ring import KeyRing
from andon.usecases.receipts import signed
from andon_client import (
    AndonError,
    Client,
    KeySet,
    Proposal,
    ReceiptExpired,
    ReceiptInvalid,
    ReceiptMismatch,
    ReceiptRefuses,
    SyncClient,
    UnknownKey,
    verify_receipt,
)
from andon_client._gen.andon.v1 import decision_pb2
from andon_client._json import to_struct
from andon_client.receipts import TYPE
from tests.client.fake import State
from tests.client.fake_server import FakeServer
from tests.client.notary import ISSUER, Claims, Notary, jws

PROPOSAL: Final = Proposal(prediction={"amount": 40}, confidence=0.9)
STRANGER: Final = Ed25519PrivateKey.generate()


async def ran(client: Client, proposal: Proposal = PROPOSAL, **gate: Any) -> list[dict[str, Any]]:
    """The predictions that a guarded function ran with."""
    done: list[dict[str, Any]] = []

    @client.gate(action="refund.issue", timeout=30, **gate)
    async def issue(prediction: dict[str, Any]) -> None:
        done.append(prediction)

    try:
        await issue(proposal)
    except AndonError:
        assert done == []
        raise
    return done


def kid(state: State) -> str:
    """The id of the key that signs."""
    return str(state.notary.jwks()["keys"][0]["kid"])


def public_bytes(state: State) -> bytes:
    """The public key that everybody knows."""
    return bytes.fromhex(
        jwt.PyJWK(state.notary.jwks()["keys"][0]).key.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    )


# The proof


async def test_a_true_receipt_lets_it_run(client: Client, state: State) -> None:
    assert await ran(client) == [{"amount": 40}]
    assert (state.count("GetReceipt"), state.count("ListSigningKeys"), state.count("Redeem")) == (1, 1, 0)
    await ran(client)
    assert state.count("ListSigningKeys") == 1


async def test_what_other_libraries_call_numbers_is_hashed_as_it_is_sent(client: Client) -> None:
    odd = Proposal(action="refund.issue", prediction={"amount": Fraction(1, 2)}, input={"n": (1, 2)}, confidence=0.9)
    decision = await client.decide(odd)
    for receipt in (await client.verify(decision), await client.verify(decision, odd)):
        assert receipt.payload_hash == decision.payload_hash
    assert await ran(client, odd) == [{"amount": Fraction(1, 2)}]


async def test_told_not_to_it_asks_for_none(client: Client, state: State) -> None:
    state.notary.lie = lambda _: "no receipt"
    assert await ran(client, without_receipt=True) == [{"amount": 40}]
    assert (state.count("GetReceipt"), state.count("Redeem")) == (0, 0)


async def test_keys_are_fetched_anew_after_a_rotation(client: Client, state: State) -> None:
    await ran(client)
    state.notary.keys = state.notary.keys.rotated(1)
    assert await ran(client) == [{"amount": 40}]
    assert state.count("ListSigningKeys") == 2


def test_a_blocking_client_checks_as_well() -> None:
    async def main() -> tuple[FakeServer, str]:
        server = FakeServer()
        await server.start()
        return server, server.address

    async def run() -> None:
        server, address = await main()
        blocking = SyncClient(address)
        done: list[dict[str, Any]] = []

        @blocking.gate(action="refund.issue")
        def issue(prediction: dict[str, Any]) -> None:
            done.append(prediction)

        server.state.notary.once = True
        await asyncio.to_thread(issue, PROPOSAL)
        assert done == [{"amount": 40}]
        server.state.notary.lie = lambda claims: {**claims, "sub": "decisions/another"}
        with pytest.raises(ReceiptMismatch):
            await asyncio.to_thread(issue, PROPOSAL)
        assert len(done) == 1
        blocking.close()
        await server.stop()

    asyncio.run(run())


# Lies


def by_a_stranger(state: State, claims: Claims) -> str:
    return jws({"alg": "EdDSA", "kid": kid(state), "typ": TYPE}, claims, STRANGER.sign)


def by_an_unknown_key(state: State, claims: Claims) -> str:
    return jws({"alg": "EdDSA", "kid": "another", "typ": TYPE}, claims, STRANGER.sign)


def with_a_key_of_its_own(state: State, claims: Claims) -> str:
    x = Notary().jwks()["keys"][0]
    return jws({"alg": "EdDSA", "kid": kid(state), "typ": TYPE, "jwk": x}, claims, STRANGER.sign)


def unsigned(state: State, claims: Claims) -> str:
    return jws({"alg": "none", "kid": kid(state), "typ": TYPE}, claims, lambda _: b"")


def with_the_public_key_as_a_secret(state: State, claims: Claims) -> str:
    secret = public_bytes(state)
    return jws(
        {"alg": "HS256", "kid": kid(state), "typ": TYPE},
        claims,
        lambda message: hmac.new(secret, message, hashlib.sha256).digest(),
    )


def of_another_type(state: State, claims: Claims) -> str:
    return jws({"alg": "EdDSA", "kid": kid(state), "typ": "JWT"}, claims, lambda m: state.notary.keys.sign(m)[1])


def of_no_type(state: State, claims: Claims) -> str:
    return jws({"alg": "EdDSA", "kid": kid(state)}, claims, lambda m: state.notary.keys.sign(m)[1])


def with_critical_words(state: State, claims: Claims) -> str:
    header = {"alg": "EdDSA", "kid": kid(state), "typ": TYPE, "crit": ["b64"], "b64": False}
    return jws(header, claims, lambda m: state.notary.keys.sign(m)[1])


def changed_afterwards(state: State, claims: Claims) -> str:
    header, _, signature = signed(state.notary.keys, server_canonical({**claims, "may_pass": False})).split(".")
    _, body, _ = signed(state.notary.keys, server_canonical(claims)).split(".")
    return f"{header}.{body}.{signature}"


FORGERIES: Final = (
    by_a_stranger,
    with_a_key_of_its_own,
    unsigned,
    with_the_public_key_as_a_secret,
    of_another_type,
    of_no_type,
    with_critical_words,
    changed_afterwards,
)


@pytest.mark.parametrize("forge", FORGERIES)
async def test_a_forgery_lets_nothing_run(client: Client, state: State, forge: Callable[[State, Claims], str]) -> None:
    state.notary.lie = lambda claims: forge(state, claims)
    with pytest.raises(ReceiptInvalid):
        await ran(client)


async def test_nor_does_an_unknown_key(client: Client, state: State) -> None:
    state.notary.lie = lambda claims: by_an_unknown_key(state, claims)
    with pytest.raises(UnknownKey):
        await ran(client)
    assert state.count("ListSigningKeys") == 2


@pytest.mark.parametrize(
    "text", ["", "a.b", "a.b.c.d", "…", "e30.e30.e30", "W10.e30.AA", "eyJhIjo.e30.AA", "=.=.=", "\ud800.a.b"]
)
def test_what_is_no_receipt_is_refused_in_words(text: str) -> None:
    with pytest.raises(ReceiptInvalid):
        verify_receipt(text, {"keys": []})


MISMATCHES: Final = {
    "another decision": {"sub": "decisions/00000000-0000-7000-8000-999999999999"},
    "another payload": {"payload_hash": "0" * 64},
    "another outcome": {"outcome": "APPROVED"},
    "an appeal's end": {"level": 1},
}


@pytest.mark.parametrize("change", MISMATCHES.values(), ids=MISMATCHES)
async def test_a_receipt_of_something_else_lets_nothing_run(client: Client, state: State, change: Claims) -> None:
    state.notary.lie = lambda claims: {**claims, **change}
    with pytest.raises(ReceiptMismatch):
        await ran(client)


async def test_nor_does_one_of_another_decision_that_passed(client: Client, state: State) -> None:
    other = await client.decide(action="refund.issue", prediction={"amount": 1}, confidence=0.95)
    theirs = state.notary.claims(state.decisions[other.name])
    state.notary.lie = lambda _: theirs
    with pytest.raises(ReceiptMismatch):
        await ran(client)


async def test_what_was_amended_by_another_is_not_what_was_sent(client: Client, state: State) -> None:
    guarded = asyncio.create_task(ran(client, Proposal(prediction={"amount": 40}, confidence=0.5)))
    await state.called["Submit"].wait()
    name = next(iter(state.decisions))
    state.amend(name, decision_pb2.Decision(prediction=to_struct({"amount": 4000})))
    await state.resolve(name, decision_pb2.OUTCOME_APPROVED)
    with pytest.raises(ReceiptMismatch):
        await guarded


async def test_a_true_receipt_does_not_cover_what_an_answer_slips_in(client: Client, state: State) -> None:
    guarded = asyncio.create_task(ran(client, Proposal(prediction={"amount": 40}, confidence=0.5)))
    await state.called["Submit"].wait()
    (message,) = state.decisions.values()
    message.resolution.outcome = decision_pb2.OUTCOME_APPROVED
    true = state.notary.claims(message)
    state.notary.lie = lambda _: true
    state.amend(message.name, decision_pb2.Decision(prediction=to_struct({"amount": 4000})))
    await state.resolve(message.name, decision_pb2.OUTCOME_APPROVED)
    with pytest.raises(ReceiptMismatch):
        await guarded


async def test_nor_a_correction_that_an_answer_slips_in(client: Client, state: State) -> None:
    guarded = asyncio.create_task(ran(client, Proposal(prediction={"amount": 40}, confidence=0.5)))
    await state.called["Submit"].wait()
    (message,) = state.decisions.values()
    message.resolution.outcome = decision_pb2.OUTCOME_APPROVED
    true = state.notary.claims(message)
    state.notary.lie = lambda _: true
    await state.resolve(message.name, decision_pb2.OUTCOME_CORRECTED, corrected=to_struct({"amount": 4000}))
    with pytest.raises(ReceiptMismatch):
        await guarded


async def test_who_goes_on_with_it_runs_what_the_decision_holds(client: Client, state: State) -> None:
    @client.gate(action="refund.issue", timeout=30)
    async def issue(prediction: dict[str, Any]) -> dict[str, Any]:
        return prediction

    held = await client.submit(action="refund.issue", prediction={"amount": 40}, confidence=0.5)
    state.amend(held.name, decision_pb2.Decision(prediction=to_struct({"amount": 4000})))
    await state.resolve(held.name, decision_pb2.OUTCOME_APPROVED)
    assert await issue.resume(held.name) == {"amount": 4000}
    state.decisions[held.name].prediction.update({"amount": 9})  # and says nothing of it
    true = state.notary.claims(state.decisions[held.name])
    state.notary.lie = lambda _: {**true, "payload_hash": held.payload_hash}
    with pytest.raises(ReceiptMismatch):
        await issue.resume(held.name)


async def test_another_correction_is_not_what_was_decided(client: Client, state: State) -> None:
    guarded = asyncio.create_task(ran(client, Proposal(prediction={"amount": 40}, confidence=0.5)))
    await state.called["Submit"].wait()
    name = next(iter(state.decisions))
    state.notary.lie = lambda claims: {**claims, "corrected_prediction_hash": "0" * 64}
    await state.resolve(name, decision_pb2.OUTCOME_CORRECTED, corrected=to_struct({"amount": 20}))
    with pytest.raises(ReceiptMismatch):
        await guarded


async def test_a_correction_without_its_hash_is_none(client: Client, state: State) -> None:
    guarded = asyncio.create_task(ran(client, Proposal(prediction={"amount": 40}, confidence=0.5)))
    await state.called["Submit"].wait()
    state.notary.lie = lambda claims: {key: value for key, value in claims.items() if "corrected" not in key}
    name = next(iter(state.decisions))
    await state.resolve(name, decision_pb2.OUTCOME_CORRECTED, corrected=to_struct({"amount": 20}))
    with pytest.raises(ReceiptInvalid):
        await guarded


async def test_what_may_not_pass_does_not(client: Client, state: State) -> None:
    state.notary.lie = lambda claims: {**claims, "may_pass": False}
    with pytest.raises(ReceiptRefuses):
        await ran(client)


async def test_what_is_too_old_is_not_acted_on(client: Client, state: State) -> None:
    state.notary.lifetime = -60
    with pytest.raises(ReceiptExpired):
        await ran(client)


@pytest.mark.parametrize("claim", ["sub", "exp", "may_pass", "payload_hash", "level", "outcome"])
async def test_a_claim_that_is_missing_is_no_consent(client: Client, state: State, claim: str) -> None:
    state.notary.lie = lambda claims: {key: value for key, value in claims.items() if key != claim}
    with pytest.raises(ReceiptInvalid, match=claim):
        await ran(client)


@pytest.mark.parametrize(("claim", "value"), [("may_pass", "false"), ("may_pass", 1), ("exp", "soon"), ("exp", True)])
async def test_nor_is_one_of_another_kind(client: Client, state: State, claim: str, value: Any) -> None:
    state.notary.lie = lambda claims: {**claims, claim: value}
    with pytest.raises(ReceiptInvalid, match=claim):
        await ran(client)


# Pinned keys


async def test_with_pinned_keys_the_server_is_not_asked(server: FakeServer, state: State, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text(json.dumps(state.notary.jwks()))
    for keys in (file, str(file), state.notary.jwks(), KeySet(state.notary.jwks())):
        async with Client(server.address, signing_keys=keys, issuer=ISSUER) as client:
            assert await ran(client) == [{"amount": 40}]
    assert state.count("ListSigningKeys") == 0


async def test_a_server_with_keys_of_its_own_is_not_believed(
    server: FakeServer, state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "keys.json"
    file.write_text(json.dumps(state.notary.jwks()))
    monkeypatch.setenv("ANDON_RECEIPT_KEYS", str(file))
    state.notary.keys = KeyRing.fresh(1)
    async with Client(server.address) as client:
        with pytest.raises(UnknownKey):
            await ran(client)
    assert state.count("ListSigningKeys") == 0


async def test_another_issuer_is_not_believed(server: FakeServer) -> None:
    async with Client(server.address, issuer="andon.example.com/another") as client:
        with pytest.raises(ReceiptMismatch, match="iss"):
            await ran(client)


def test_pinning_no_key_is_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text('{"keys": []}')
    nothing: tuple[Any, ...] = (file, {}, KeySet({}))
    for keys in nothing:
        with pytest.raises(ValueError, match="no Ed25519 public key"):
            Client(signing_keys=keys)


def test_keys_of_other_kinds_are_left_out() -> None:
    good = Notary().jwks()["keys"][0]
    bad = [
        {**good, "use": "enc"},
        {**good, "alg": "HS256"},
        {**good, "crv": "X25519"},
        {**good, "x": "AA"},
        {"kty": "oct"},
        7,
    ]
    assert KeySet({"keys": [*bad, good]}).ids == [good["kid"]]
    assert KeySet({"keys": bad}).ids == []
