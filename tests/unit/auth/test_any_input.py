"""Whatever an issuer or a caller sends is taken or refused, and never a fault of ours."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from andon.auth.claims import Unfit, check, principal_of
from andon.auth.fetching import FetchError
from andon.auth.identities import Issuer, Mapping_
from andon.auth.keyring import read_keys
from andon.auth.rights import Rights
from andon.auth.signed import _named, _taken_apart
from andon.domain.principal import Role
from tests.clock import START
from tests.unit.auth.issuing import NOW, URL, claims, ec_key, part, public, rsa_key

JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
GRANT: Final = Rights(frozenset({Role.LEAD}))
ISSUER: Final = Issuer(
    URL, ("andon",), "", "", "sub", "", ("ES256",), 0, None, (Mapping_("groups", "x", GRANT), Mapping_("a.b", 1, GRANT))
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "n", "e", "kid", "use", "alg", "key_ops", "d"]), JSON))
def test_any_key_of_a_set(members: dict[str, Any]) -> None:
    for good in (public(ec_key(), kid="one"), public(rsa_key(), kid="one")):
        assert all(key.id is not None for key in read_keys(json.dumps({"keys": [members, good | members]})))


@settings(deadline=None)
@given(st.text(), JSON)
def test_any_set(text: str, value: Any) -> None:
    for each in (text, json.dumps(value), json.dumps({"keys": value})):
        with suppress(FetchError):
            assert read_keys(each) == ()


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["iss", "aud", "exp", "nbf", "iat", "sub", "act", "groups", "a", "a.b", "cnf"]),
        JSON,
        max_size=4,
    )
)
def test_any_claims(others: dict[str, Any]) -> None:
    made = claims() | others
    with suppress(Unfit):
        end = check(made, ISSUER, START)
        assert end > START
        assert principal_of(made, ISSUER, end, "x").roles == {Role.LEAD}


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec=None)), JSON, st.dictionaries(st.sampled_from(["alg", "kid", "typ"]), JSON))
def test_any_token(text: str, value: Any, header: dict[str, Any]) -> None:
    for each in (text, f"{part(value)}.{part(value)}.{text}", f"{text}.{text}.{text}"):
        with suppress(Unfit):
            _taken_apart(each)
    with suppress(Unfit):
        assert _named(_taken_apart(f"{part(header)}.{part({'exp': NOW})}.x").header, ISSUER)[0] == "ES256"
