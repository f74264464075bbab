"""Credentials: what a token file may say, whom a token lets in, and that a broken change lets nobody else in."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from andon.auth.authenticator import Authenticator, BearerAuthenticator
from andon.auth.tokens import TokenFile, TokenFileError, create_default, fingerprint, new_token
from andon.domain.errors import CredentialsInvalid, CredentialsMissing
from andon.domain.principal import Principal, Role
from andon.workers.reload import Reload

TOKEN = "andon_" + "A" * 43
OTHER = "andon_" + "B" * 43
ENTRY = f"- principal: anna\n  sha256: {fingerprint(TOKEN)}\n  roles: [reviewer]\n"


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    """A token file."""
    path = folder / "tokens.yaml"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path


def replaced(path: Path, text: str) -> None:
    """Puts another file in its place, as editors do."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text, "utf-8")
    fresh.chmod(0o600)
    fresh.replace(path)


def faults(folder: Path, text: str) -> str:
    """Why such a file is refused."""
    with pytest.raises(TokenFileError) as caught:
        TokenFile.load(written(folder, text))
    return str(caught.value)


def test_the_default_file_has_one_principal_for_each_role(tmp_path: Path) -> None:
    path = tmp_path / "andon-tokens.yaml"
    made = create_default(path)
    file = TokenFile.load(path)
    assert [principal.roles for principal, _ in made] == [{role} for role in Role]
    for principal, token in made:
        assert file.authenticate(token) == principal
        human = bool(principal.roles & {Role.REVIEWER, Role.LEAD})
        assert principal.serves("any") is human
        assert principal.skills == ({"*"} if human else set())


def test_the_default_file_holds_no_token_and_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "andon-tokens.yaml"
    before = os.umask(0)
    try:
        made = create_default(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not [token for _, token in made if token in path.read_text("utf-8")]
    assert len({token for _, token in made}) == len(Role)
    assert TokenFile.load(path).warnings == ()
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_a_token_file_is_never_overwritten(tmp_path: Path) -> None:
    path = written(tmp_path, ENTRY)
    with pytest.raises(FileExistsError):
        create_default(path)
    assert path.read_text("utf-8") == ENTRY
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_rights_come_from_the_file(tmp_path: Path) -> None:
    text = ENTRY + f'  skills: [credit, "*"]\n  queues: [money]\n- principal: svc@x\n  sha256: {fingerprint(OTHER)}\n'
    file = TokenFile.load(written(tmp_path, text + "  roles: [submitter, auditor]\n"))
    assert file.authenticate(TOKEN) == Principal(
        "anna", frozenset({Role.REVIEWER}), frozenset({"credit", "*"}), frozenset({"money"})
    )
    assert file.authenticate(OTHER) == Principal("svc@x", frozenset({Role.SUBMITTER, Role.AUDITOR}))


def test_one_principal_may_have_two_tokens(tmp_path: Path) -> None:
    file = TokenFile.load(written(tmp_path, ENTRY + ENTRY.replace(fingerprint(TOKEN), fingerprint(OTHER))))
    assert file.authenticate(TOKEN) == file.authenticate(OTHER)


@pytest.mark.parametrize(
    "token",
    [
        *("", OTHER, TOKEN[:-1], f"{TOKEN}A", f"{TOKEN} ", f"{TOKEN}\n", TOKEN.lower(), TOKEN.removeprefix("andon_")),
        *(fingerprint(TOKEN), "andon_" + "A" * 10_000, "andon_" + "Ä" * 43, "andon_" + "\udc80" * 43),
    ],
)
def test_other_tokens_let_nobody_in(tmp_path: Path, token: str) -> None:
    file = TokenFile.load(written(tmp_path, ENTRY))
    with pytest.raises(CredentialsInvalid):
        file.authenticate(token)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", ": must be a list"),
        ("[]", ":1:1: must be a list"),
        ("a: b", ":1:1: must be a list"),
        ("- anna", ":1:3: must be an entry"),
        ("- principal: anna\n", ":1:3: `sha256` is missing"),
        (ENTRY + "  rolls: []\n", ":4:3: unknown key `rolls`\n  instead: roles"),
        (ENTRY.replace("[reviewer]", "[reviwer]"), ":3:11: unknown role `reviwer`\n  instead: reviewer"),
        (ENTRY.replace("[reviewer]", "[]"), ":3:10: `roles` must be a list"),
        (ENTRY.replace("[reviewer]", "reviewer"), ":3:10: `roles` must be a list"),
        (ENTRY.replace("[reviewer]", "[[reviewer]]"), ":3:11: unknown role"),
        (ENTRY + "  groups: berlin\n", ":4:11: `groups` must be a list of words"),
        (ENTRY + "  groups: [a b]\n", ":4:12: is no name"),
        (ENTRY + '  groups: [a, "*"]\n', ":4:15: nobody is in all groups"),
        (ENTRY + "  queues: [a b]\n", ":4:12: is no name"),
        (ENTRY.replace("anna", "'anna: x'"), ":1:14: is no name"),
        (ENTRY.replace(fingerprint(TOKEN), fingerprint(TOKEN).upper()), ":2:11: is no SHA-256"),
        (ENTRY + ENTRY, ":5:11: is the same token as in line 2"),
        ("- principal: [", ": is not YAML"),
        ("&a [*a]", "anchors and aliases"),
    ],
)
def test_a_faulty_file_is_refused_with_the_place(tmp_path: Path, text: str, fault: str) -> None:
    assert fault in faults(tmp_path, text)


def test_a_token_written_in_place_of_its_hash_is_not_repeated(tmp_path: Path) -> None:
    found = faults(tmp_path, ENTRY.replace(fingerprint(TOKEN), TOKEN))
    assert "is no SHA-256" in found
    assert TOKEN not in found


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    found = faults(tmp_path, "- principal: 'a b'\n  sha256: x\n  roles: [x]\n- b\n")
    assert found.count("tokens.yaml:") == 4


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TokenFileError, match=r"none\.yaml: No such file"):
        TokenFile.load(tmp_path / "none.yaml")


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(TokenFileError, match="others may write it"):
        TokenFile.load(written(tmp_path, ENTRY, mode))


def test_a_file_that_everybody_may_read_is_a_warning(tmp_path: Path) -> None:
    assert "chmod 600" in TokenFile.load(written(tmp_path, ENTRY, 0o644)).warnings[0]


def test_a_change_is_taken(tmp_path: Path) -> None:
    path = written(tmp_path, ENTRY)
    file = TokenFile.load(path)
    assert not file.step()
    replaced(path, ENTRY.replace(fingerprint(TOKEN), fingerprint(OTHER)))
    assert file.step()
    assert file.authenticate(OTHER).name == "anna"
    with pytest.raises(CredentialsInvalid):
        file.authenticate(TOKEN)
    assert not file.step()


@pytest.mark.parametrize("text", ["- broken", None])
def test_a_broken_change_leaves_the_last_good_one_in_force(tmp_path: Path, text: str | None) -> None:
    path = written(tmp_path, ENTRY)
    file = TokenFile.load(path)
    if text is None:
        path.unlink()
    else:
        replaced(path, text)
    assert file.step()
    assert file.fault
    assert file.authenticate(TOKEN).name == "anna"
    replaced(path, ENTRY)
    assert file.step()
    assert file.fault == ""


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"BEARER  {TOKEN} "])
def test_a_bearer_token_becomes_a_principal(tmp_path: Path, header: str) -> None:
    authenticator: Authenticator = BearerAuthenticator(TokenFile.load(written(tmp_path, ENTRY)))
    assert authenticator.authenticate({"authorization": header}).name == "anna"


@pytest.mark.parametrize("metadata", [{}, {"authorization": ""}, {"x-token": TOKEN}])
def test_a_call_without_credentials_is_told_so(tmp_path: Path, metadata: dict[str, str]) -> None:
    authenticator = BearerAuthenticator(TokenFile.load(written(tmp_path, ENTRY)))
    with pytest.raises(CredentialsMissing):
        authenticator.authenticate(metadata)


@pytest.mark.parametrize("header", [TOKEN, f"Basic {TOKEN}", "Bearer", "Bearer ", f"Bearer {OTHER}"])
def test_other_credentials_are_refused(tmp_path: Path, header: str) -> None:
    authenticator = BearerAuthenticator(TokenFile.load(written(tmp_path, ENTRY)))
    with pytest.raises(CredentialsInvalid) as caught:
        authenticator.authenticate({"authorization": header})
    assert OTHER not in str(caught.value)


def test_tokens_are_long_and_never_the_same() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {len(TOKEN)}


@pytest.mark.parametrize("folder", ["missing", "plain", "missing/below"])
def test_a_token_file_that_can_not_be_made_is_named_as_it_was_given(tmp_path: Path, folder: str) -> None:
    (tmp_path / "plain").write_text("")
    path = tmp_path / folder / "tokens.yaml"
    with pytest.raises(TokenFileError) as caught:
        create_default(path)
    assert str(caught.value) == f"token file {path} can't be made: no folder {path.parent}"


def test_a_full_disk_is_told_with_the_files_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(TokenFileError, match=r"tokens\.yaml can't be made: No space left on device$"):
        create_default(tmp_path / "tokens.yaml")
    assert not list(tmp_path.iterdir())


def test_an_unreadable_token_file_is_named_with_the_cause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(self: Path, mode: str) -> object:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))

    path = written(tmp_path, ENTRY)
    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(TokenFileError) as caught:
        TokenFile.load(path)
    assert str(caught.value).startswith(f"{path}: can't be read: Permission denied")


@pytest.mark.parametrize("role", ["reviewer", "lead"])
def test_people_without_queues_are_a_warning_with_their_line(tmp_path: Path, role: str) -> None:
    path = written(tmp_path, ENTRY.replace("reviewer", f"submitter, {role}"))
    file = TokenFile.load(path)
    message = f"{path}:1:14: `anna` is a {role} without `queues`, so no task ever arrives"
    assert [warning.splitlines()[0] for warning in file.warnings] == [message]
    replaced(path, ENTRY + "  queues: [refunds]\n")
    assert file.step()
    assert file.warnings == ()


def test_who_judges_nothing_needs_no_queues(tmp_path: Path) -> None:
    assert TokenFile.load(written(tmp_path, ENTRY.replace("reviewer", "auditor, admin"))).warnings == ()


def test_the_comparison_that_decides_is_the_constant_time_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = create_default(tmp_path / "tokens.yaml")
    tokens, (_, token) = TokenFile.load(tmp_path / "tokens.yaml"), made[0]
    assert tokens.authenticate(token).name == made[0][0].name
    monkeypatch.setattr("hmac.compare_digest", lambda one, other: False)
    with pytest.raises(CredentialsInvalid):
        tokens.authenticate(token)


def test_a_principal_is_known_by_its_token_and_not_by_its_name(tmp_path: Path) -> None:
    file = TokenFile.load(path := written(tmp_path, ENTRY))
    anna = file.authenticate(TOKEN)
    assert file.current(anna) == anna
    replaced(path, ENTRY.replace(fingerprint(TOKEN), fingerprint(new_token())))
    assert file.step()
    assert file.current(anna) is None


async def test_the_duty_tells_of_every_reading(tmp_path: Path) -> None:
    path, told = written(tmp_path, ENTRY), list[str]()
    file = TokenFile.load(path)

    async def changed() -> None:
        told.append(file.fault)

    duty = Reload(file, changed)
    assert not await duty.step()
    assert told == []
    replaced(path, "- broken")
    assert not await duty.step()
    replaced(path, ENTRY)
    assert not await duty.step()
    assert len(told) == 2
    assert "must be an entry" in told[0]
    assert told[1] == ""
    assert file.authenticate(TOKEN).name == "anna"


def test_groups_are_rights_that_are_looked_at_anew(tmp_path: Path) -> None:
    path = written(tmp_path, ENTRY + "  groups: [berlin, payments]\n")
    file = TokenFile.load(path)
    before = file.authenticate(TOKEN)
    assert before.groups == {"berlin", "payments"}
    replaced(path, ENTRY + "  groups: [berlin]\n")
    assert file.step()
    now = file.current(before)
    assert now is not None
    assert now.groups == {"berlin"}
    assert now != before
