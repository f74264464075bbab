"""Several entries of `map` for one principal, and names that are nobody's to have."""

from __future__ import annotations

from pathlib import Path

import pytest

from andon.auth.entries import TokenFileError, parse_entries
from andon.auth.identities import IdentityFileError, read_identities
from andon.auth.signed import IdentityFile
from andon.domain.errors import CredentialsInvalid
from andon.domain.principal import Principal, Role
from tests.unit.auth.issued import Issued
from tests.unit.auth.issuing import URL, token

AUDIT = "{claim: groups, value: audit, roles: [auditor]}"
SUBMIT = '{claim: groups, value: submit, roles: [submitter], actions: ["refund.*"]}'
PAY = "{claim: groups, value: pay, roles: [lead], queues: [b], actions: [payout.make]}"
LEAD = "{claim: groups, value: lead, roles: [lead], queues: [a]}"
REVIEW = '{claim: groups, value: review, roles: [reviewer], queues: ["*"]}'
WIDE = '{claim: groups, value: wide, roles: [submitter], actions: ["*"]}'


def file_of(*entries: str, more: str = "") -> str:
    lines = "".join(f"      - {entry}\n" for entry in entries)
    return f"issuers:\n  - issuer: {URL}\n    audience: andon\n{more}    map:\n{lines}"


async def of(folder: Path, *entries: str, groups: str) -> Principal:
    return await Issued(folder, file_of(*entries)).take(token(groups=groups.split()))


@pytest.mark.parametrize("order", [(AUDIT, SUBMIT), (SUBMIT, AUDIT)])
async def test_an_entry_without_actions_does_not_lift_the_bound_of_another(
    tmp_path: Path, order: tuple[str, str]
) -> None:
    both = await of(tmp_path, *order, groups="audit submit")
    assert both.roles == {Role.AUDITOR, Role.SUBMITTER}
    assert both.actions == {"refund.*"}
    assert (await of(tmp_path, *order, groups="audit")).actions == {"*"}


async def test_bounds_that_are_said_add_up(tmp_path: Path) -> None:
    assert (await of(tmp_path, SUBMIT, PAY, groups="submit pay")).actions == {"refund.*", "payout.make"}
    assert (await of(tmp_path, SUBMIT, WIDE, groups="submit wide")).covers("payout.make")
    assert (await of(tmp_path, LEAD, REVIEW, groups="lead review")).queues == {"a", "*"}


@pytest.mark.parametrize(
    ("entries", "first"),
    [
        ((LEAD, REVIEW), "lead"),
        ((SUBMIT, PAY), "submit pay"),
        ((SUBMIT, AUDIT), ""),
        ((SUBMIT, WIDE), ""),
        ((LEAD, PAY), ""),
        (("{claim: groups, value: one, roles: [reviewer], queues: [a]}", LEAD.replace("[a]", '["*"]')), ""),
        ((PAY, SUBMIT.replace("refund.*", "payout.*")), "pay"),
        ((PAY.replace("payout.make", '"payout.*"'), SUBMIT.replace("refund.*", "payout.make")), "submit"),
    ],
)
def test_a_file_in_which_one_entry_widens_anothers_role_is_warned_of(
    tmp_path: Path, entries: tuple[str, ...], first: str
) -> None:
    warnings = Issued(tmp_path, file_of(*entries)).file.warnings
    assert [each.split("`groups` ")[1].split(" and")[0] for each in warnings if "whoever" in each] == first.split()


def test_the_example_of_the_documentation_is_not_warned_of(tmp_path: Path) -> None:
    page = Path(__file__).parents[3] / "docs" / "identity.md"
    example = page.read_text().split("```yaml\n", 1)[1].split("```", 1)[0]
    path = tmp_path / "identity.yaml"
    path.write_text(example)
    path.chmod(0o600)
    assert not IdentityFile(path).warnings


@pytest.mark.parametrize("name", ["server", "deadline"])
def test_nobody_has_a_name_by_which_the_server_acts(tmp_path: Path, name: str) -> None:
    with pytest.raises(TokenFileError, match="what the server calls itself"):
        parse_entries(f"- principal: {name}\n  sha256: {'a' * 64}\n  roles: [submitter]\n", "tokens")
    path = tmp_path / "identity.yaml"
    path.write_text(f'certificates:\n  - {{name: "CN=x", principal: {name}, roles: [submitter]}}\n')
    with pytest.raises(IdentityFileError, match="what the server calls itself"):
        read_identities(path)


@pytest.mark.parametrize("name", ["server", "deadline", "rule:limit", "policy:refunds", "policy:tie-break"])
async def test_no_signed_token_makes_anybody_the_server(issued: Issued, name: str) -> None:
    for others in ({"sub": name}, {"act": {"sub": name}}, {"sub": name, "act": {"sub": "agent"}}):
        assert await issued.refusal(token(**others)) is CredentialsInvalid
    assert (await issued.take(token(sub=f"x{name}"))).name == f"x{name}"


@pytest.mark.parametrize("prefix", ["rule:", "policy:x"])
def test_no_prefix_makes_names_of_the_servers(tmp_path: Path, prefix: str) -> None:
    path = tmp_path / "identity.yaml"
    path.write_text(file_of(AUDIT, more=f'    prefix: "{prefix}"\n'))
    with pytest.raises(IdentityFileError, match="what the server calls itself"):
        read_identities(path)
