"""The identity file: every fault at its line, with what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from andon.__main__ import main
from andon.auth.identities import DEFAULT_ALGORITHMS, IdentityFileError, read_identities
from andon.auth.rights import Rights
from andon.auth.signed import IdentityFile
from andon.domain.clock import SECOND
from andon.domain.principal import Role

ISSUER = """\
issuers:
  - issuer: https://id.example.com
    audience: andon
    map:
      - {claim: groups, value: reviewers, roles: [reviewer], queues: ["*"]}
"""


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "identity.yaml"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_what_is_not_said_has_its_default(tmp_path: Path) -> None:
    (issuer,) = read_identities(written(tmp_path, ISSUER)).issuers
    assert issuer.audiences == ("andon",)
    assert (issuer.jwks_url, issuer.client_id, issuer.name, issuer.prefix) == ("", "", "sub", "")
    assert issuer.algorithms == DEFAULT_ALGORITHMS
    assert issuer.leeway == 60 * SECOND
    assert issuer.mappings[0].rights == Rights(frozenset({Role.REVIEWER}), queues=frozenset({"*"}))


@pytest.mark.parametrize(("text", "span"), [("0s", 0), ("5m", 300 * SECOND), ("30s", 30 * SECOND)])
def test_a_leeway_is_a_span(tmp_path: Path, text: str, span: int) -> None:
    (issuer,) = read_identities(written(tmp_path, f"{ISSUER}    leeway: {text}\n")).issuers
    assert issuer.leeway == span


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("issuers:", "issuer:", "1:1: unknown key `issuer`\n  instead: issuers"),
        ("audience", "audiense", "3:5: unknown key `audiense`\n  instead: audience"),
        ("    audience: andon\n", "", "2:5: `audience` is missing"),
        ("andon\n", "[]\n", "3:15: is no audience"),
        ("https://id", "http://id", "2:13: is not encrypted"),
        ("https://id.example.com", "id.example.com", "2:13: is no address"),
        ("id.example.com", "me@id.example.com", "2:13: holds a user"),
        ("id.example.com", "id.example.com?x=1", "2:13: holds a user, a query"),
        ("    map:", "    jwks_url: ftp://x\n    map:", "4:15: is no address"),
        ("    map:", "    leeway: 6m\n    map:", "4:13: is no span"),
        ("    map:", "    algorithms: [RS255]\n    map:", "4:18: unknown algorithm `RS255`\n  instead: RS256"),
        ("    map:", "    algorithms: [HS256]\n    map:", "4:18: `HS256` proves nothing about who signed"),
        ("    map:", "    algorithms: [none]\n    map:", "4:18: `none` proves nothing"),
        ("    map:", "    algorithms: []\n    map:", "4:17: `algorithms` must be a list"),
        ("    map:", "    name: 7\n    map:", "4:11: `name` must be a word"),
        ("    map:", "    prefix: ' '\n    map:", "4:13: is no prefix"),
        ("    map:", "    label: Example\n    map:", "4:12: `label` is for the page, which needs a `client_id`"),
        ("    map:", "    client_id: x\n    label: ''\n    map:", "5:12: is no label"),
        ("    map:", "    client_id: x\n    scopes: [email]\n    map:", "5:13: must be a list with `openid`"),
        ("    map:", "    client_id: x\n    origins: [https://x/y]\n    map:", "5:14: must be a list of origins"),
        ("    map:", "    client_id: x\n    origins: [http://x]\n    map:", "5:14: must be a list of origins"),
        ("id.example.com", "id.example.com;x", "2:13: is no address"),
        ("    map:", "    root_certificates: none.pem\n    map:", "4:24: can't be read: No such file"),
        ("claim:", "clam:", "5:10: unknown key `clam`\n  instead: claim"),
        ("value: reviewers,", "", "5:9: `value` is missing"),
        ("value: reviewers", "value: [x]", "5:32: is no value"),
        ("[reviewer]", "[reviwer]", "5:51: unknown role `reviwer`\n  instead: reviewer"),
        ("[reviewer]", "[]", "`roles` must be a list of words"),
        ('roles: [reviewer], queues: ["*"]', "queues: [x]", "5:7: gives nobody a role"),
        (', roles: [reviewer], queues: ["*"]', "", "5:9: gives no rights"),
    ],
)
def test_a_fault_is_told_at_its_line(tmp_path: Path, old: str, new: str, expected: str) -> None:
    with pytest.raises(IdentityFileError) as caught:
        read_identities(written(tmp_path, ISSUER.replace(old, new, 1)))
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{name: refunds, principal: refunds, roles: [submitter]}", "2:12: is no name of a certificate"),
        ("{name: CN=x, principal: 'a b', roles: [submitter]}", "2:29: is no name"),
        ("{name: CN=x, roles: [submitter]}", "2:5: `principal` is missing"),
        ("{name: CN=x, principal: x}", "2:5: `roles` is missing"),
        ("{name: CN=x, principal: x, roles: [submitter], actions: [Refund]}", "2:62: is no action"),
        ("7", "2:5: must be an entry"),
    ],
)
def test_a_fault_of_a_certificate_is_told_at_its_line(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(IdentityFileError, match=r"identity\.yaml:" + expected):
        read_identities(written(tmp_path, f"certificates:\n  - {text}\n"))


@pytest.mark.parametrize("text", ["", "[]", "7"])
def test_a_file_that_names_nobody_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(IdentityFileError, match="must have `issuers` or `certificates`"):
        read_identities(written(tmp_path, text))


def test_one_issuer_and_one_certificate_stand_once(tmp_path: Path) -> None:
    twice = ISSUER + ISSUER.partition("\n")[2]
    with pytest.raises(IdentityFileError, match=r":6:13: is the same as in line 2"):
        read_identities(written(tmp_path, twice))
    entry = "  - {name: CN=x, principal: x, roles: [submitter]}\n"
    with pytest.raises(IdentityFileError, match=r":3:12: is the same as in line 2"):
        read_identities(written(tmp_path, f"certificates:\n{entry}{entry}"))


def test_issuers_whose_names_may_be_the_same_are_told(tmp_path: Path) -> None:
    another = ISSUER.partition("\n")[2].replace("id.example", "other.example")
    (warning,) = IdentityFile(written(tmp_path, ISSUER + another)).warnings
    assert warning.startswith("https://id.example.com and https://other.example.com have the same `prefix`")
    apart = another.replace("    map:", '    prefix: "other:"\n    map:')
    assert not IdentityFile(written(tmp_path, ISSUER + apart)).warnings


@pytest.mark.parametrize("host", ["127.0.0.1:8090", "localhost", "[::1]:1"])
def test_this_machine_may_do_without_encryption(tmp_path: Path, host: str) -> None:
    text = ISSUER.replace("https://id.example.com", f"http://{host}")
    assert read_identities(written(tmp_path, text)).issuers[0].url == f"http://{host}"


def test_a_server_does_not_start_with_a_broken_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, ISSUER.replace("roles", "rols"))
    places = {"identity": path, "tokens": tmp_path / "none.yaml", "store": tmp_path / "andon.db"}
    flags = [f"--{name}={place}" for name, place in places.items()]
    assert main(["serve", "--listen=127.0.0.1:0", "--http-listen=127.0.0.1:0", *flags]) == 1
    said = capsys.readouterr()
    assert f"andon: {path}:5:43: unknown key `rols`\nandon:   instead: roles\n" in said.err
    assert not (tmp_path / "none.yaml").exists()
    assert "ANDON_TOKEN" not in said.out


def test_a_file_that_others_may_write_is_refused_and_one_they_may_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(IdentityFileError, match="others may write it"):
        IdentityFile(written(tmp_path, ISSUER, 0o666))
    with pytest.raises(IdentityFileError, match="No such file"):
        IdentityFile(tmp_path / "none.yaml")
    assert "chmod 600" in IdentityFile(written(tmp_path, ISSUER, 0o644)).warnings[0]
