"""Which of a call's credentials decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from andon.auth.authenticator import BearerAuthenticator, Peer
from andon.auth.tokens import TokenFile, fingerprint
from andon.domain.errors import AndonError, CredentialsInvalid, CredentialsMissing
from tests.unit.auth.issued import Issued
from tests.unit.auth.issuing import token

OWN = "andon_" + "A" * 43
REFUNDS = Peer(("CN=x", "URI:spiffe://example.com/refunds"))
STRANGER = Peer(("CN=x",))


@pytest.fixture
async def both(tmp_path: Path, issued: Issued) -> BearerAuthenticator:
    """Knows a token of the file, those of an issuer, and certificates."""
    path = tmp_path / "tokens.yaml"
    path.write_text(f"- principal: svc\n  sha256: {fingerprint(OWN)}\n  roles: [submitter]\n")
    path.chmod(0o600)
    await issued.take(token())
    return BearerAuthenticator(TokenFile.load(path), issued.file)


@pytest.mark.parametrize("peer", [None, REFUNDS, STRANGER])
@pytest.mark.parametrize(("header", "name"), [(f"Bearer {OWN}", "svc"), (f"bearer  {token()}", "anna")])
def test_a_header_decides_whatever_the_certificate(
    both: BearerAuthenticator, header: str, name: str, peer: Peer | None
) -> None:
    principal = both.authenticate({"authorization": header}, peer)
    assert principal.name == name
    assert both.current(principal) == principal


@pytest.mark.parametrize("metadata", [{}, {"authorization": ""}])
def test_without_a_header_the_certificate_decides(both: BearerAuthenticator, metadata: dict[str, str]) -> None:
    principal = both.authenticate(metadata, REFUNDS)
    assert principal.name == "refunds"
    assert both.current(principal) == principal


@pytest.mark.parametrize(
    ("header", "peer", "error"),
    [
        ("", None, CredentialsMissing),
        ("", STRANGER, CredentialsMissing),
        ("Basic eDp5", REFUNDS, CredentialsInvalid),
        ("Bearer", REFUNDS, CredentialsInvalid),
        ("Bearer andon_" + "B" * 43, REFUNDS, CredentialsInvalid),
        (f"Bearer {OWN}, Bearer {OWN}", REFUNDS, CredentialsInvalid),
        (f"Bearer {token()}, Bearer {token()}", REFUNDS, CredentialsInvalid),
        (f"Bearer {token()}, Bearer {OWN}", REFUNDS, CredentialsInvalid),
        ("Bearer certificate:CN=x", None, CredentialsInvalid),
    ],
)
def test_a_header_that_is_not_good_is_refused_whatever_the_certificate(
    both: BearerAuthenticator, header: str, peer: Peer | None, error: type[AndonError]
) -> None:
    with pytest.raises(error):
        both.authenticate({"authorization": header}, peer)


def test_without_an_identity_file_there_are_tokens_of_our_own_alone(tmp_path: Path) -> None:
    alone = BearerAuthenticator(TokenFile.load(tmp_path / "none.yaml", optional=True))
    with pytest.raises(CredentialsInvalid):
        alone.authenticate({"authorization": f"Bearer {token()}"})
    with pytest.raises(CredentialsMissing):
        alone.authenticate({}, REFUNDS)
