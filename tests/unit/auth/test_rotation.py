"""Keys that come and go, issuers that are down, and files that change: what becomes of tokens then."""

from __future__ import annotations

import asyncio
import json

import jwt
import pytest
from cryptography.exceptions import UnsupportedAlgorithm

from andon.auth.authenticator import Peer
from andon.auth.identities import Issuer
from andon.auth.keyring import PAUSE, REFRESH, Key, read_keys
from andon.auth.signed import IdentityFile
from andon.domain.clock import SECOND
from andon.domain.errors import CredentialsInvalid, IssuerUnavailable
from andon.domain.principal import Principal, Role
from tests.unit.auth.issued import FILE, Issued
from tests.unit.auth.issuing import NOW, URL, ec_key, public, token


async def test_a_new_key_is_fetched_when_a_token_names_it_but_not_too_often(issued: Issued) -> None:
    await issued.take(token())
    assert issued.asked == 1
    issued.keys = [public(ec_key(1), kid="two")]
    issued.clock.advance(PAUSE - 1)
    assert await issued.refusal(token(ec_key(1), header={"kid": "two"})) is CredentialsInvalid
    assert issued.asked == 1
    issued.clock.advance(1)
    assert (await issued.take(token(ec_key(1), header={"kid": "two"}))).name == "anna"
    assert issued.asked == 2


async def test_a_withdrawn_key_ends_what_it_has_signed(issued: Issued) -> None:
    anna = await issued.take(token())
    issued.keys = [public(ec_key(1), kid="two")]
    issued.clock.advance(REFRESH)
    issued.file.ask()
    await issued.file._rings[URL].renewed()
    assert issued.file.ended(0, issued.clock.now())
    assert await issued.refusal(token()) is CredentialsInvalid
    now = issued.file.current(anna)
    assert now is not None
    assert now != anna


async def test_keys_are_kept_while_the_issuer_is_down(issued: Issued) -> None:
    await issued.take(token())
    issued.fault = "down"
    issued.clock.advance(REFRESH)
    issued.file.ask()
    await issued.file._rings[URL].renewed()
    assert issued.asked == 2
    issued.clock.advance(1)
    assert (await issued.take(token(sub="bert", exp=NOW + 9_999))).name == "bert"
    assert await issued.refusal(token(ec_key(1), header={"kid": "two"})) is IssuerUnavailable
    issued.fault = ""
    issued.keys.append(public(ec_key(1), kid="two"))
    issued.clock.advance(PAUSE)
    fresh = token(ec_key(1), header={"kid": "two"}, exp=NOW + 9_999)
    assert (await issued.take(fresh)).name == "anna"


async def test_an_issuer_that_never_answered_is_unavailable(issued: Issued) -> None:
    issued.fault = "down"
    assert await issued.refusal(token()) is IssuerUnavailable
    assert await issued.refusal(token()) is IssuerUnavailable
    assert issued.asked == 1


async def test_those_who_wait_for_an_issuer_are_bounded(issued: Issued, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("andon.auth.keyring.MOST_WAITING", 1)
    answer = asyncio.Event()

    async def slow(issuer: Issuer) -> str:
        await answer.wait()
        return await issued.fetch(issuer)

    issued.file = IdentityFile(issued.path, issued.clock, slow)
    first = asyncio.create_task(issued.take(token()))
    await asyncio.sleep(0)
    assert await issued.refusal(token(sub="bert")) is IssuerUnavailable
    answer.set()
    assert (await first).name == "anna"
    assert (await issued.take(token(sub="bert"))).name == "bert"


async def test_other_rights_in_the_file_are_in_force_at_once(issued: Issued) -> None:
    anna = await issued.take(token())
    issued.write(FILE.replace("value: refund-team, roles: [reviewer]", "value: refund-team, roles: [auditor]"))
    assert issued.file.step()
    assert not issued.file.fault
    assert issued.asked == 1
    now = issued.file.current(anna)
    assert now is not None
    assert now.roles == {Role.AUDITOR}
    assert (await issued.take(token())).roles == {Role.AUDITOR}


async def test_an_algorithm_that_is_allowed_no_more_ends_what_it_has_signed(issued: Issued) -> None:
    anna = await issued.take(token())
    issued.write(FILE.replace("    map:", "    algorithms: [RS256]\n    map:"))
    issued.file.step()
    assert await issued.refusal(token()) is CredentialsInvalid
    assert issued.file.current(anna) != anna


async def test_the_same_keys_again_change_nothing(issued: Issued) -> None:
    await issued.take(token())
    issued.clock.advance(REFRESH)
    issued.file.ask()
    await issued.file._rings[URL].renewed()
    assert issued.asked == 2
    assert not issued.file.ended(0, issued.clock.now())


async def test_a_token_out_of_memory_counts_as_changed_after_a_change_of_the_file(issued: Issued) -> None:
    anna = await issued.take(token())
    issued.file._verified.clear()
    assert issued.file.current(anna) is anna
    issued.write(FILE + "\n")
    issued.file.step()
    other = issued.file.current(anna)
    assert other is not None
    assert other != anna


async def test_an_issuer_that_is_gone_lets_nobody_in(issued: Issued) -> None:
    anna = await issued.take(token())
    issued.write(FILE.replace(URL, "https://new.example.com"))
    issued.file.step()
    assert await issued.refusal(token()) is CredentialsInvalid
    assert issued.file.current(anna) != anna


async def test_a_broken_change_leaves_the_last_good_file_in_force(issued: Issued) -> None:
    issued.write("issuers: 7")
    assert issued.file.step()
    assert "`issuers` must be a list" in issued.file.fault
    assert (await issued.take(token())).name == "anna"
    assert not issued.file.step()
    issued.write(FILE)
    assert issued.file.step()
    assert not issued.file.fault


def test_a_certificate_is_known_by_any_of_its_names(issued: Issued) -> None:
    peer = Peer(("CN=refunds", "URI:spiffe://example.com/refunds"))
    refunds = issued.file.of_certificate(peer)
    assert refunds == Principal("refunds", frozenset({Role.SUBMITTER}), actions=frozenset({"refund.*"}))
    assert issued.file.current(refunds) == refunds
    assert issued.file.of_certificate(Peer(("URI:spiffe://example.com/refund", "CN=audit"))) is None
    assert issued.file.of_certificate(Peer(())) is None
    issued.write(FILE.replace("spiffe://example.com/refunds", "spiffe://example.com/others"))
    issued.file.step()
    assert issued.file.current(refunds) is None


def test_after_a_change_a_certificate_counts_as_a_new_call_by_it_would(issued: Issued) -> None:
    peer = Peer(("CN=audit,O=Example", "DNS:audit.example.com", "URI:spiffe://example.com/refunds"))
    issued.write(FILE.replace("URI:spiffe://example.com/refunds", "DNS:other.example.com"))
    issued.file.step()
    before = issued.file.of_certificate(peer)
    assert before is not None
    assert issued.file.current(before) == before
    first = '  - {name: "DNS:audit.example.com", principal: blocked, roles: [submitter]}\n'
    issued.write(FILE.replace("certificates:\n", f"certificates:\n{first}"))
    issued.file.step()
    now = issued.file.current(before)
    assert now == issued.file.of_certificate(peer)
    assert now is not None
    assert now.name == "blocked"


def test_a_certificate_that_has_expired_is_good_for_nothing_more(issued: Issued) -> None:
    end = issued.clock.now() + SECOND
    refunds = issued.file.of_certificate(Peer(("URI:spiffe://example.com/refunds",), end))
    assert refunds is not None
    assert refunds.expire_time == end
    issued.clock.advance(SECOND - 1)
    assert issued.file.current(refunds) == refunds
    assert not issued.file.ended(0, issued.clock.now())
    issued.clock.advance(1)
    assert issued.file.ended(0, issued.clock.now())
    assert issued.file.current(refunds) is None
    with pytest.raises(CredentialsInvalid):
        issued.file.of_certificate(Peer(("URI:spiffe://example.com/refunds",), end))


async def test_the_ends_that_are_kept_are_bounded_and_none_is_missed(
    issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("andon.auth.signed.MOST_ENDS", 2)
    for number in range(5):
        await issued.take(token(sub=f"s{number}", exp=NOW + 10 + number))
    assert len(issued.file._ends) == 2
    for _ in range(15):
        issued.clock.advance(SECOND)
        if issued.clock.now() // SECOND >= NOW + 10:
            assert issued.file.ended(0, issued.clock.now()) == (issued.clock.now() // SECOND <= NOW + 14)
    assert not issued.file._ends


def test_another_file_of_authorities_is_taken_like_a_change_of_the_identity_file(issued: Issued) -> None:
    roots = issued.path.parent / "roots.pem"
    roots.write_text("-----BEGIN CERTIFICATE-----\none")
    issued.write(FILE.replace("    map:", f"    root_certificates: {roots}\n    map:"))
    assert issued.file.step()
    assert not issued.file.step()
    roots.write_text("-----BEGIN CERTIFICATE-----\nanother")
    assert issued.file.step()
    assert (issued.file.current_file.issuers[0].authorities or b"").endswith(b"another")
    roots.unlink()
    assert issued.file.step()
    assert "can't be read" in issued.file.fault
    roots.write_text("-----BEGIN CERTIFICATE-----\nthird")
    assert issued.file.step()
    assert not issued.file.fault


async def test_whatever_is_raised_over_an_issuers_keys_is_a_fault_of_the_issuer(
    issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(text: str) -> tuple[Key, ...]:
        raise OverflowError(text)

    monkeypatch.setattr("andon.auth.keyring.read_keys", broken)
    assert await issued.refusal(token()) is IssuerUnavailable
    assert issued.file._rings[URL].fault == "its keys can't be read (OverflowError)"


@pytest.mark.parametrize(("bits", "taken"), [(2047, 0), (2048, 1), (8192, 1), (8193, 0)])
def test_rsa_keys_are_of_2048_to_8192_bits(bits: int, taken: int) -> None:
    modulus = jwt.utils.to_base64url_uint((1 << (bits - 1)) + 1).decode()
    key = {"kty": "RSA", "n": modulus, "e": "AQAB", "kid": "one"}
    assert len(read_keys(json.dumps({"keys": [key]}))) == taken


def test_a_key_that_a_library_chokes_on_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise UnsupportedAlgorithm("no such curve")

    monkeypatch.setattr("andon.auth.keyring.jwt.PyJWK", broken)
    assert read_keys(json.dumps({"keys": [public(ec_key(), kid="one")]})) == ()
