"""A receipt by itself: the hash that it names, what can be read from it, and the commands."""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from andon.domain.canonical import canonical as server_canonical
from andon.domain.decision import payload_hash as server_hash
from andon.keys.ring import KeyRing
from andon.rpc.convert import ProposalReader
from andon.usecases.receipts import signed
from andon_client import (
    Client,
    Proposal,
    ReceiptError,
    ReceiptExpired,
    cli,
    payload_hash,
    verify_receipt,
)
from andon_client._canonical import canonical
from andon_client._gen.andon.v1 import decision_pb2
from andon_client._json import from_struct, to_struct
from tests.client.fake_server import FakeServer
from tests.client.notary import ISSUER, Notary

PROPOSAL: Final = Proposal(prediction={"amount": 40}, confidence=0.9)


# The hash


JSON: Final = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
OBJECTS: Final = st.dictionaries(st.text(max_size=6), JSON, max_size=4)
WORDS: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(JSON)
def test_both_write_the_same_canonical_json(value: Any) -> None:
    assert canonical(value) == server_canonical(value)


@given(JSON.filter(lambda value: isinstance(value, dict)))
def test_so_they_do_of_what_a_struct_makes_of_it(value: dict[str, Any]) -> None:
    assert canonical(from_struct(to_struct(value))) == server_canonical(from_struct(to_struct(value)))


@given(
    st.builds(
        Proposal,
        action=st.just("refund.issue"),
        confidence=st.floats(0, 1),
        input=OBJECTS,
        prediction=OBJECTS,
        reasoning=WORDS,
        model=st.tuples(WORDS, WORDS),
        amount=st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**60), 2**60),
        currency=st.sampled_from(["", "EUR"]),
        irreversible=st.booleans(),
        regulated=st.booleans(),
        subject=WORDS,
        extra=OBJECTS,
        on_behalf_of=WORDS,
    ),
    WORDS,
)
def test_what_was_sent_has_the_hash_that_the_server_records(proposal: Proposal, submitter: str) -> None:
    received = decision_pb2.Decision.FromString(proposal.to_message().SerializeToString())
    recorded = server_hash(ProposalReader(1 << 20, 32).proposal(received, 1), submitter)
    assert payload_hash(proposal, submitter) == recorded
    received.submitter = submitter
    assert payload_hash(received) == recorded


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400])
def test_what_json_does_not_have_is_not_hashed(value: float) -> None:
    with pytest.raises(ValueError, match=r"JSON|large"):
        canonical({"a": value})


# By itself


def a_receipt(**changes: Any) -> tuple[str, dict[str, Any]]:
    """A receipt and the keys to check it with."""
    notary = Notary()
    message = decision_pb2.Decision(name="decisions/1", action="a", submitter="s", confidence=0.5)
    message.resolution.outcome = decision_pb2.OUTCOME_APPROVED
    return signed(notary.keys, server_canonical({**notary.claims(message), **changes})), notary.jwks()


def test_it_can_be_read_as_proof_whatever_it_says() -> None:
    text, keys = a_receipt(may_pass=False, exp=1, outcome="REJECTED")
    receipt = verify_receipt(text, keys, decision="decisions/1", to_act=False)
    assert (receipt.outcome, receipt.may_pass, receipt.once, receipt.expire_time.year) == (
        "REJECTED",
        False,
        False,
        1970,
    )
    with pytest.raises(ReceiptError):
        verify_receipt(text, keys, decision="decisions/1")


@pytest.mark.parametrize(("late", "good"), [(-1, True), (29, True), (31, False)])
def test_clocks_may_differ_by_half_a_minute(late: int, good: bool) -> None:
    text, keys = a_receipt(exp=1_000)
    if good:
        assert verify_receipt(text, keys, now=1_000 + late).may_pass
    else:
        with pytest.raises(ReceiptExpired):
            verify_receipt(text, keys, now=1_000 + late)


def test_pyjwt_agrees() -> None:
    text, keys = a_receipt()
    key = jwt.PyJWK(keys["keys"][0])
    claims = jwt.decode(text, key, algorithms=["EdDSA"], options={"require": ["exp", "iat", "sub"]})
    assert claims["exp"] > time.time()
    assert claims == verify_receipt(text, keys).claims


# On the command line


@pytest.fixture
def andon(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs one command; answers its exit code."""
    monkeypatch.setenv("ANDON_ADDRESS", server.address)
    parser = argparse.ArgumentParser()
    cli.add_parsers(parser.add_subparsers())

    async def run(*arguments: str) -> int:
        options = parser.parse_args(arguments)
        code: int = await asyncio.to_thread(options.run, options)
        return code

    return run


async def test_a_receipt_is_written_and_checked_without_the_server(
    andon: Callable[..., Any], client: Client, server: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    decision = await client.decide(PROPOSAL, action="refund.issue")
    receipt, keys = tmp_path / "receipt", tmp_path / "jwks.json"
    assert await andon("receipt", decision.name, "--out", str(receipt)) == 0
    keys.write_text(json.dumps(server.state.notary.jwks()))
    assert await andon("receipt", "verify", str(receipt)) == 0
    await server.stop()
    assert await andon("receipt", "verify", str(receipt), "--key", str(keys), "--issuer", ISSUER) == 0
    assert decision.name in capsys.readouterr().out
    assert await andon("receipt", "verify", str(receipt), "--key", str(keys), "--payload-hash", "0" * 64) == 1
    assert "payload_hash" in capsys.readouterr().out
    keys.write_text(json.dumps(KeyRing.fresh(0).jwks()))
    assert await andon("receipt", "verify", str(receipt), "--key", str(keys)) == 1


async def test_proof_of_a_refusal_is_proof_and_no_consent(
    andon: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, jwks = a_receipt(may_pass=False, outcome="REJECTED")
    receipt, keys = tmp_path / "receipt", tmp_path / "jwks.json"
    receipt.write_text(text)
    keys.write_text(json.dumps(jwks))
    assert await andon("receipt", "verify", str(receipt), "--key", str(keys)) == 1
    assert await andon("receipt", "verify", str(receipt), "--key", str(keys), "--proof") == 0
    assert '"outcome": "REJECTED"' in capsys.readouterr().out


async def test_wrong_usage_is_told_in_one_line(
    andon: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = tmp_path / "jwks.json"
    assert await andon("receipt", "verify", "there", "--key", str(keys)) == 2
    keys.write_text(json.dumps(KeyRing.fresh(0).jwks()))
    assert await andon("receipt", "verify", "--key", str(keys)) == 2
    assert await andon("receipt", "verify", str(tmp_path / "none"), "--key", str(keys)) == 2
    assert len(capsys.readouterr().err.splitlines()) == 3


async def test_redeeming_tells_who_was_first(
    andon: Callable[..., Any], client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    decision = await client.decide(PROPOSAL, action="refund.issue")
    assert await andon("redeem", decision.name, "--request-id", "one") == 0
    assert await andon("redeem", decision.name, "--request-id", "one") == 1
    assert await andon("redeem", decision.name, "--request-id", "two") == 1
    first, again, other = capsys.readouterr().out.splitlines()
    assert (" redeemed by service at " in first, "before" in again, other) == (True, True, "somebody was faster")
    assert await andon("wait", decision.name) == 0
    assert "by service" in capsys.readouterr().out
