"""Signed tokens: which are taken, as whom, and that every trick with one is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import jwt
import pytest

from andon.auth.signed import MOST_LENGTH
from andon.domain.clock import SECOND
from andon.domain.errors import CredentialsInvalid
from andon.domain.principal import Principal, Role
from tests.unit.auth.issued import FILE, Issued
from tests.unit.auth.issuing import NOW, claims, ec_key, ed_key, part, pem, public, rsa_key, token


async def test_a_good_token_is_its_subject_with_the_rights_of_its_claims(issued: Issued) -> None:
    anna = await issued.take(token())
    assert anna == Principal(
        "anna", frozenset({Role.REVIEWER}), frozenset({"german"}), frozenset({"refunds"}), actions=frozenset({"*"})
    )
    assert anna.expire_time == (NOW + 600) * SECOND
    assert token() not in repr(anna)
    assert token() not in anna.credential


@pytest.mark.parametrize(
    ("others", "rights"),
    [
        ({"groups": "leads"}, ({"lead"}, {"refund.*"}, set())),
        ({"groups": ["leads", "refund-team", 7, None]}, ({"lead", "reviewer"}, {"refund.*"}, set())),
        ({"groups": None, "scope": "openid andon:submit"}, ({"submitter"}, {"refund.issue"}, set())),
        ({"groups": None, "realm_access": {"roles": ["audit"]}}, ({"auditor"}, {"*"}, set())),
        ({"https://example.com/team": "berlin"}, ({"reviewer"}, {"*"}, {"berlin"})),
        ({"staff": True}, ({"reviewer"}, {"*"}, {"staff"})),
        ({"staff": 1}, ({"reviewer"}, {"*"}, set())),
        ({"staff": "true"}, ({"reviewer"}, {"*"}, set())),
        ({"aud": ["x", "other"]}, ({"reviewer"}, {"*"}, set())),
    ],
)
async def test_claims_become_rights(issued: Issued, others: dict[str, Any], rights: tuple[object, ...]) -> None:
    found = await issued.take(token(**others))
    assert (found.roles, found.actions, found.groups) == rights


@pytest.mark.parametrize(
    "others",
    [
        {"iss": "https://id.example.com/"},
        {"iss": "https://evil.example.com"},
        {"iss": None},
        {"iss": ["https://id.example.com"]},
        {"aud": "elsewhere"},
        {"aud": None},
        {"aud": []},
        {"aud": "andon other"},
        {"exp": NOW},
        {"exp": NOW - 1},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"exp": float("inf")},
        {"exp": 1e300},
        {"nbf": NOW + 61},
        {"nbf": []},
        {"iat": NOW + 61},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "anna smith"},
        {"sub": "server"},
        {"sub": "a" * 129},
        {"sub": "änne"},
        {"groups": "x leads"},
        {"groups": None},
        {"groups": {"refund-team": True}},
        {"groups": None, "scope": "andon:submitter"},
        {"groups": None, "realm_access": {"roles": "no"}},
        {"groups": None, "https://example.com/team": "berlin"},
        {"cnf": {"jkt": "x"}},
        {"act": "robot"},
        {"act": {}},
        {"act": {"sub": "robot", "iss": "https://evil.example.com"}},
    ],
)
async def test_a_token_that_is_not_for_us_or_not_in_force_is_refused(issued: Issued, others: dict[str, Any]) -> None:
    text = jwt.api_jws.encode(json.dumps(claims(**others)).encode(), ec_key(), "ES256", {"kid": "one"})
    assert await issued.refusal(text) is CredentialsInvalid


@pytest.mark.parametrize(
    "others", [{"nbf": NOW + 60}, {"iat": NOW + 60}, {"exp": NOW + 0.5}, {"nbf": None, "iat": None}]
)
async def test_the_leeway_is_for_the_beginning_alone(issued: Issued, others: dict[str, Any]) -> None:
    assert (await issued.take(token(**others))).name == "anna"


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "andon-receipt+jwt"},
        {"typ": "logout+jwt"},
        {"typ": 7},
        {"kid": "two"},
        {"kid": None},
        {"kid": "rsa"},
        {"crit": ["exp"], "exp": 1},
    ],
)
async def test_a_header_that_does_not_fit_is_refused(issued: Issued, header: dict[str, Any]) -> None:
    assert await issued.refusal(token(header=header)) is CredentialsInvalid


@pytest.mark.parametrize("kind", ["JWT", "at+jwt", "application/at+JWT", None])
async def test_access_tokens_say_so_in_several_ways(issued: Issued, kind: str | None) -> None:
    assert (await issued.take(token(header={"typ": kind}))).name == "anna"


async def test_a_key_in_the_header_is_never_read(issued: Issued) -> None:
    mine = public(ec_key(9), kid="one")
    for header in ({"jwk": mine}, {"jku": "https://evil.example.com/keys"}, {"x5u": "https://evil.example.com"}):
        assert await issued.refusal(token(ec_key(9), header=header)) is CredentialsInvalid
        assert (await issued.take(token(header=header))).name == "anna"


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
async def test_a_public_key_is_no_shared_secret(issued: Issued, algorithm: str) -> None:
    for identity, key in (("one", ec_key()), ("rsa", rsa_key())):
        for secret in (pem(key), pem(key).strip(), json.dumps(public(key)).encode()):
            signed = f"{part({'alg': algorithm, 'typ': 'JWT', 'kid': identity})}.{part(claims())}"
            how = algorithm.replace("HS", "sha")
            mac = hmac.new(secret, signed.encode(), getattr(hashlib, how)).digest()
            forged = f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
            assert await issued.refusal(forged) is CredentialsInvalid


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", None, "ES256K", "RS384", ["ES256"], {"x": 1}])
async def test_an_algorithm_that_is_not_allowed_is_refused(issued: Issued, algorithm: object) -> None:
    body = f"{part({'alg': algorithm, 'typ': 'JWT', 'kid': 'one'})}.{part(claims())}."
    assert await issued.refusal(body) is CredentialsInvalid
    assert await issued.refusal(body + "AAAA") is CredentialsInvalid


async def test_a_changed_token_is_refused(issued: Issued) -> None:
    head, _, signature = token().split(".")
    assert await issued.refusal(f"{head}.{part(claims(sub='boss'))}.{signature}") is CredentialsInvalid
    assert await issued.refusal(f"{head}.{part(claims())}.{'A' * 86}") is CredentialsInvalid
    assert await issued.refusal(token(ec_key(9))) is CredentialsInvalid


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "é.é.é",
        "\ud800.a.b",
        "!.!.!",
        f"{part([])}.{part({})}.x",
        "." * 2,
        f"{part({'alg': 'ES256'})}.{part('x')}.",
        "x" * (MOST_LENGTH + 1),
        f"{part(1)}." * 2,
        f"{part({})}.{'W1' * 3000}.",
    ],
)
async def test_what_is_no_token_is_refused(issued: Issued, text: str) -> None:
    assert await issued.refusal(text) is CredentialsInvalid


async def test_every_kind_of_key_signs_with_its_own_algorithms(issued: Issued) -> None:
    issued.keys += [public(ed_key(), kid="ed")]
    for algorithm, key, identity in (
        ("RS256", rsa_key(), "rsa"),
        ("PS256", rsa_key(), "rsa"),
        ("EdDSA", ed_key(), "ed"),
    ):
        assert (await issued.take(token(key, algorithm, {"kid": identity}))).name == "anna"


async def test_a_key_says_what_it_is_for(issued: Issued) -> None:
    issued.keys = [
        public(ec_key(), kid="one", use="enc"),
        public(ec_key(1), kid="two", key_ops=["sign"]),
        public(rsa_key(), kid="rsa", alg="RS256"),
        public(rsa_key(1, 1024), kid="short"),
        {"kty": "oct", "kid": "secret", "k": "AAAA"},
        {"kty": "EC", "kid": "broken", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "RSA", "kid": ["x"]},
        None,  # type: ignore[list-item]
    ]
    assert await issued.refusal(token()) is CredentialsInvalid
    assert await issued.refusal(token(ec_key(1), header={"kid": "two"})) is CredentialsInvalid
    assert await issued.refusal(token(rsa_key(), "PS256", {"kid": "rsa"})) is CredentialsInvalid
    assert (await issued.take(token(rsa_key(), "RS256", {"kid": "rsa"}))).name == "anna"


async def test_without_an_id_a_single_key_is_meant(issued: Issued) -> None:
    issued.keys = [public(ec_key())]
    assert (await issued.take(token(header={"kid": None}))).name == "anna"


async def test_a_token_is_verified_once_and_known_until_it_ends(
    issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = token()
    await issued.take(text)
    with monkeypatch.context() as patched:
        patched.setattr(jwt.PyJWS, "decode", lambda *_, **__: pytest.fail("verified again"))
        anna = await issued.take(text)
    issued.clock.advance(600 * SECOND - 1)
    assert await issued.take(text) == anna
    assert issued.file.current(anna) == anna
    assert not issued.file.ended(0, issued.clock.now())
    issued.clock.advance(1)
    assert await issued.refusal(text) is CredentialsInvalid
    assert issued.file.current(anna) is None
    assert issued.file.ended(0, issued.clock.now())
    assert not issued.file.ended(0, issued.clock.now())


async def test_tokens_beyond_the_bound_are_verified_anew(issued: Issued, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("andon.auth.signed.MOST_VERIFIED", 2)
    made = [await issued.take(token(sub=name)) for name in ("one", "two", "three")]
    assert len(issued.file._verified) == 2
    assert [issued.file.current(each) for each in made] == made
    assert (await issued.take(token(sub="one"))).name == "one"


async def test_an_actor_is_the_caller_and_acts_for_the_subject(issued: Issued) -> None:
    chain = {"sub": "robot", "act": {"sub": "other-robot"}}
    robot = await issued.take(token(act=chain))
    assert (robot.name, robot.on_behalf_of) == ("robot", "anna")
    assert robot.roles == {Role.REVIEWER}


async def test_a_prefix_keeps_issuers_apart(tmp_path: Path) -> None:
    named = FILE.replace("    map:", '    prefix: "okta:"\n    name: email\n    map:')
    issued = Issued(tmp_path, named)
    robot = await issued.take(token(email="anna@example.com", act={"sub": "robot"}))
    assert (robot.name, robot.on_behalf_of) == ("okta:robot", "okta:anna@example.com")
    assert await issued.refusal(token()) is CredentialsInvalid
