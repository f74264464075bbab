"""`andon token`: what it writes, what it leaves alone, and what it refuses."""

from __future__ import annotations

import fcntl
import json
import os
import re
import stat
from pathlib import Path

import pytest

from andon.__main__ import main
from andon.auth.tokens import TokenFile, fingerprint
from andon.domain.clock import DAY, HOUR, SystemClock
from andon.domain.errors import CredentialsInvalid
from andon.domain.principal import Principal, Role

OLD = "andon_" + "A" * 43
OTHER = "andon_" + "B" * 43
FILE = f"""\
# Who may call the refunds service.

# Anna, since May
- principal: anna # on the phone: 4711
  sha256: {fingerprint(OLD)}
  roles: [reviewer,
          lead]
  queues: ["*"]   # all of them

# the robots
- {{principal: robot, sha256: {fingerprint(OTHER)}, roles: [submitter]}} # in one line
# the end
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tokens.yaml"
    path.write_text(FILE)
    path.chmod(0o640)
    return path


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of one command."""
    code = main(["token", *map(str, words)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_token_that_is_made_lets_in_and_is_printed_alone(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rights = (
        "--role",
        "reviewer",
        "--role",
        "submitter",
        "--queue",
        "refunds",
        "--skill",
        "german",
        "--group",
        "berlin",
    )
    more = ("--action", "refund.*", "--action", "credit", "--expires", "90d", "--note", 'says "hello": #1')
    before = SystemClock().now()
    code, out, err = run(capsys, "make", "bert@example.com", *rights, *more, "--tokens", file)
    assert code == 0
    assert re.fullmatch(r"andon_[A-Za-z0-9_-]{43}\n", out)
    assert (
        err == f"Token {fingerprint(out.strip())[:12]} for bert@example.com, shown this once ({file} keeps its hash):\n"
    )
    found = TokenFile.load(file)
    bert = found.authenticate(out.strip())
    assert bert == Principal(
        "bert@example.com",
        frozenset({Role.REVIEWER, Role.SUBMITTER}),
        frozenset({"german"}),
        frozenset({"refunds"}),
        frozenset({"berlin"}),
        frozenset({"refund.*", "credit"}),
    )
    assert bert.expire_time is not None
    assert abs(bert.expire_time - before - 90 * DAY) < 60_000_000
    assert found.entries[-1].note == 'says "hello": #1'
    text = file.read_text()
    assert text.startswith(FILE)
    assert out.strip() not in text
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_first_token_makes_the_file_for_its_owner_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, before = tmp_path / "new.yaml", os.umask(0)
    try:
        code, out, err = run(capsys, "make", "anna", "--role", "lead", "--tokens", path)
    finally:
        os.umask(before)
    assert code == 0
    assert "without --queue no task ever arrives" in err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert TokenFile.load(path).authenticate(out.strip()).name == "anna"


def test_the_settings_say_where_the_file_is(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANDON_TOKENS", str(file))
    assert run(capsys, "make", "svc", "--role", "submitter")[0] == 0
    config = file.with_name("andon.toml")
    config.write_text(f'tokens = "{file}"\n')
    monkeypatch.delenv("ANDON_TOKENS")
    assert run(capsys, "revoke", "svc", "--config", config)[0] == 0
    config.write_text("tokns = 7\n")
    code, _, err = run(capsys, "list", "--config", config)
    assert (code, "unknown key 'tokns'" in err) == (1, True)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("anna", "--role", "reviwer"), "--role reviwer: unknown role `reviwer`; instead: reviewer"),
        (("anna", "--role", "lead", "--action", "Refund"), "--action Refund: is no action"),
        (("anna", "--role", "lead", "--group", "*"), "--group *: nobody is in all groups"),
        (("anna", "--role", "lead", "--queue", "a b"), "--queue a b: is no name"),
        (("an na", "--role", "lead"), "'an na' is no name"),
        (("anna", "--role", "lead", "--note", "a\nb"), "--note must be one line"),
        (("anna", "--role", "lead", "--expires", "soon"), "--expires must be a span such as 90d"),
        (("anna", "--role", "lead", "--expires", "2020-01-31"), "--expires 2020-01-31T00:00:00Z is over"),
        (("anna", "--role", "lead", "--expires", "0s"), "is over"),
        (("anna", "--role", "lead", "--expires", "9999999d"), "--expires 9999999d is too far away"),
    ],
)
def test_what_can_not_be_made_changes_nothing(
    file: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], why: str
) -> None:
    code, out, err = run(capsys, "make", *words, "--tokens", file)
    assert (code, out) == (1, "")
    assert err.startswith("andon: ")
    assert why in err
    assert file.read_text() == FILE


def test_a_revoked_token_lets_nobody_in_and_the_rest_stays_as_it_was(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "revoke", "anna", "--tokens", file)
    assert (code, out) == (0, f"Revoked {fingerprint(OLD)[:12]} of anna.\n")
    robot = FILE[FILE.index("# the robots") :]
    assert file.read_text() == f"# Who may call the refunds service.\n\n# Anna, since May\n\n{robot}"
    tokens = TokenFile.load(file)
    assert tokens.authenticate(OTHER).name == "robot"
    with pytest.raises(CredentialsInvalid):
        tokens.authenticate(OLD)


def test_an_id_names_one_token(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "revoke", fingerprint(OTHER)[:6], "--tokens", file)[0] == 0
    assert "robot" not in file.read_text().replace("# the robots", "")
    assert [entry.principal.name for entry in TokenFile.load(file).entries] == ["anna"]


def test_what_is_not_there_and_the_last_token_stay(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "revoke", "bert", "--tokens", file)
    assert (code, err) == (1, "andon: no token of bert; see `andon token list`\n")
    assert run(capsys, "revoke", fingerprint(OLD)[:5], "--tokens", file)[0] == 1
    assert run(capsys, "revoke", "robot", "--tokens", file)[0] == 0
    code, _, err = run(capsys, "revoke", "anna", "--tokens", file)
    assert (code, "the last token" in err) == (1, True)
    assert TokenFile.load(file).authenticate(OLD).name == "anna"


@pytest.mark.parametrize(("who", "old"), [("anna", OLD), ("robot", OTHER)])
def test_a_rotated_token_goes_on_for_a_while(
    file: Path, capsys: pytest.CaptureFixture[str], who: str, old: str
) -> None:
    before = SystemClock().now()
    code, out, err = run(capsys, "rotate", who, "--overlap", "2h", "--tokens", file)
    assert code == 0
    tokens = TokenFile.load(file)
    first, second = tokens.authenticate(old), tokens.authenticate(out.strip())
    assert first == second
    assert second.expire_time is None
    assert first.expire_time is not None
    assert abs(first.expire_time - before - 2 * HOUR) < 60_000_000
    assert f"{fingerprint(old)[:12]} of {who} goes on until " in err
    assert all(comment in file.read_text() for comment in re.findall("#.*", FILE))


def test_a_leaked_token_is_rotated_at_once(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "rotate", fingerprint(OLD)[:12], "--overlap", "0s", "--tokens", file)
    assert (code, f"{fingerprint(OLD)[:12]} of anna is revoked." in err) == (0, True)
    tokens = TokenFile.load(file)
    assert tokens.authenticate(out.strip()).name == "anna"
    with pytest.raises(CredentialsInvalid):
        tokens.authenticate(OLD)


def test_a_token_that_ends_is_rotated_into_one_that_ends(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(FILE.replace("  queues:", "  expire_time: 2999-01-31\n  queues:"))
    code, out, err = run(capsys, "rotate", "anna", "--tokens", file)
    assert (code, out) == (1, "")
    assert "ends on 2999-01-31T00:00:00Z; say --expires for the new one" in err
    assert run(capsys, "rotate", "anna", "--expires", "3000-01-31", "--tokens", file)[0] == 0
    first, _, second = (entry.principal.expire_time for entry in TokenFile.load(file).entries)
    assert first is not None
    assert second is not None
    assert first < SystemClock().now() + 25 * HOUR < second
    assert file.read_text().count("expire_time") == 2


def test_of_several_tokens_one_must_be_named(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "make", "robot", "--role", "submitter", "--tokens", file)
    code, _, err = run(capsys, "rotate", "robot", "--tokens", file)
    assert (code, "robot has several tokens" in err) == (1, True)
    assert run(capsys, "revoke", "robot", "--tokens", file)[1].count("Revoked") == 2


def test_the_list_shows_rights_and_ends_and_no_hash(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(FILE.replace("roles: [submitter]", "roles: [submitter], expire_time: 2020-01-31, note: gone"))
    code, out, _ = run(capsys, "list", "--tokens", file)
    head, anna, robot = out.splitlines()
    assert (code, head.split()[:3]) == (0, ["ID", "PRINCIPAL", "ROLES"])
    assert anna.split() == [fingerprint(OLD)[:12], "anna", "lead,", "reviewer", "*", "-", "-", "*", "never", "-"]
    assert "2020-01-31T00:00:00Z (expired)" in robot
    assert robot.endswith("gone")
    assert fingerprint(OLD) not in out
    _, out, _ = run(capsys, "list", "--json", "--tokens", file)
    first, second = json.loads(out)
    assert (first["id"], first["roles"], first["expire_time"]) == (fingerprint(OLD)[:12], ["lead", "reviewer"], None)
    assert (second["state"], second["note"], second["actions"]) == ("expired", "gone", ["*"])


@pytest.mark.parametrize("verb", [("list",), ("revoke", "anna"), ("rotate", "anna"), ("make", "x", "--role", "lead")])
def test_a_broken_file_is_refused_with_its_faults(
    file: Path, capsys: pytest.CaptureFixture[str], verb: tuple[str, ...]
) -> None:
    broken = FILE.replace("queues", "queus")
    file.write_text(broken)
    code, out, err = run(capsys, *verb, "--tokens", file)
    assert (code, out) == (1, "")
    assert "tokens.yaml:8:3: unknown key `queus`" in err
    assert file.read_text() == broken


def test_a_file_that_others_may_write_is_not_touched(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.chmod(0o666)
    code, _, err = run(capsys, "revoke", "anna", "--tokens", file)
    assert (code, "others may write it" in err) == (1, True)
    assert run(capsys, "list", "--tokens", file.with_name("none.yaml"))[0] == 1


def test_what_only_people_can_change_is_left_to_them(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flow = (
        f"[{{principal: a, sha256: {fingerprint(OLD)}, roles: [lead]}}, {{principal: b, sha256: {fingerprint(OTHER)}, "
    )
    file.write_text(flow + "roles: [lead]}]\n")
    for verb in (("revoke", "a"), ("make", "c", "--role", "lead")):
        code, _, err = run(capsys, *verb, "--tokens", file)
        assert (code, "edit it by hand" in err) == (1, True)
    assert file.read_text() == flow + "roles: [lead]}]\n"


def test_a_link_stays_a_link(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    link = file.with_name("link.yaml")
    link.symlink_to(file)
    assert run(capsys, "revoke", "robot", "--tokens", link)[0] == 0
    assert link.is_symlink()
    assert "principal: robot" not in file.read_text()


def test_one_writer_at_a_time(file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    paused: list[float] = []
    monkeypatch.setattr("andon.auth.editing.time.sleep", paused.append)
    with file.with_name(".tokens.yaml.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        code, _, err = run(capsys, "revoke", "anna", "--tokens", file)
    assert (code, "somebody else is changing it" in err) == (1, True)
    assert sum(paused) == pytest.approx(5)
    assert run(capsys, "revoke", "anna", "--tokens", file)[0] == 0


def test_a_disk_that_is_full_leaves_the_old_file(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("andon.auth.editing.os.fsync", full)
    code, _, err = run(capsys, "revoke", "anna", "--tokens", file)
    assert (code, "can't be changed: No space left on device" in err) == (1, True)
    assert file.read_text() == FILE
    assert sorted(each.name for each in file.parent.iterdir()) == [".tokens.yaml.lock", "tokens.yaml"]
