"""Signing keys: the file, what becomes of a key, and `andon keys`."""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from andon.__main__ import main
from andon.cli.keys import signing_keys
from andon.config import load as load_settings
from andon.domain.clock import SECOND
from andon.keys.file import KeyFile, KeyFileError, change, create, load
from andon.keys.ring import KeyRing, KeyState
from andon.keys.sealed import Sealed, SealMemory, beside
from tests.clock import START


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def kids(ring: KeyRing) -> list[str]:
    keys: Any = ring.jwks()["keys"]
    return [key["kid"] for key in keys]


def test_a_new_file_holds_one_active_key_for_its_owner_alone(path: Path) -> None:
    create(path, START + 17)
    assert path.stat().st_mode & 0o777 == 0o600
    (key,) = load(path).keys
    assert (key.state, key.create_time) == (KeyState.ACTIVE, START)
    assert os.listdir(path.parent) == [path.name]
    with pytest.raises(FileExistsError):
        create(path, START)


def test_a_signature_is_good_under_the_published_key(path: Path) -> None:
    create(path, START)
    file = KeyFile(path)
    kid, signature = file.sign(b"message")
    keys: Any = file.jwks()["keys"]
    (public,) = keys
    assert (public["kid"], public["kty"], public["crv"], public["alg"]) == (kid, "OKP", "Ed25519", "EdDSA")
    Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(public["x"] + "=")).verify(signature, b"message")


def test_what_was_sealed_is_kept_beside_the_keys_and_read_again(path: Path) -> None:
    sealed = Sealed("andon.dev/x", 7, b"\x01" * 32, "ab")
    assert beside(path).name == "keys.sealed.json"
    assert SealMemory(beside(path)).remember(sealed)
    assert SealMemory(beside(path)).last == sealed
    assert beside(path).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"origin":"x","size":"7","root":"00","head":"ab"}', '{"origin":"x"}']
)
def test_what_was_sealed_and_cannot_be_read_is_not_forgotten(path: Path, text: str) -> None:
    beside(path).write_text(text)
    with pytest.raises(KeyFileError, match="is not what a server has written"):
        SealMemory(beside(path))


def test_no_private_part_is_shown(path: Path) -> None:
    ring = create(path, START)
    private = json.loads(path.read_text())["keys"][0]["d"]
    for shown in (repr(ring), repr(KeyFile(path).current), str(ring.jwks()), str(ring.states()), str(ring.keys[0])):
        assert private not in shown
    assert '"d"' not in json.dumps(ring.jwks())


def test_rotation_signs_with_a_new_key_and_keeps_the_old_one_for_verifying() -> None:
    first = KeyRing.fresh(START)
    second = first.rotated(START + SECOND)
    old, new = second.keys
    assert (old.state, old.private, old.retire_time) == (KeyState.RETIRED, None, START + SECOND)
    assert second.sign(b"")[0] == new.kid
    assert kids(second) == [new.kid, old.kid]


def test_a_revoked_key_is_not_published_and_is_replaced_where_it_was_the_last() -> None:
    ring = KeyRing.fresh(START)
    (stolen,) = ring.keys
    revoked = ring.revoked(stolen.kid, START + SECOND)
    assert kids(revoked) == [revoked.keys[1].kid]
    assert revoked.keys[0].revoke_time == START + SECOND
    assert revoked.keys[0].private is None
    states: Any = revoked.states()["keys"]
    assert [key["state"] for key in states] == ["revoked", "active"]


def test_retiring_the_last_key_makes_another() -> None:
    ring = KeyRing.fresh(START)
    retired = ring.retired(ring.keys[0].kid, START)
    assert [key.state for key in retired.keys] == [KeyState.RETIRED, KeyState.ACTIVE]
    for kid in ("unknown", ring.keys[0].kid):
        with pytest.raises(LookupError):
            retired.retired(kid, START)


def test_what_is_written_is_read_again(path: Path) -> None:
    create(path, START)
    ring = change(path, lambda ring: ring.rotated(START + SECOND))
    ring = change(path, lambda ring: ring.revoked(ring.keys[0].kid, START + 2 * SECOND))
    assert load(path) == ring
    assert path.stat().st_mode & 0o777 == 0o600
    assert load(path).sign(b"x") == ring.sign(b"x")


def test_a_change_is_taken_and_a_broken_one_is_not(path: Path) -> None:
    create(path, START)
    file = KeyFile(path)
    assert not file.step()
    before = file.current
    path.write_text("{")
    assert file.step()
    assert "is no JSON" in file.fault
    assert file.current is before
    path.unlink()
    ring = create(path, START)
    assert file.step()
    assert (file.fault, file.current) == ("", ring)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_file_that_others_may_touch_is_refused(path: Path, mode: int) -> None:
    create(path, START)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="others may read or write it\n  instead: chmod 600"):
        load(path)


def broken(path: Path, **members: Any) -> str:
    """Why a file is refused in which the first key has these members. None takes one away."""
    data = json.loads(path.read_text())
    key = data["keys"][0] | members
    data["keys"][0] = {name: value for name, value in key.items() if value is not None}
    private = key["d"]
    path.write_text(json.dumps(data))
    with pytest.raises(KeyFileError) as caught:
        load(path)
    assert str(private) not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"kty": "RSA"}, "is no Ed25519 key"),
        ({"state": "sleeping"}, "`state` must be one of active, retired, revoked"),
        ({"state": "retired"}, "an active key has its private part `d`, and no other key has"),
        ({"d": "short"}, "`d` must be 32 bytes in base64url"),
        ({"d": "A" * 43}, "`d` and `x` are not of one pair"),
        ({"x": None}, "`x` must be 32 bytes in base64url"),
        ({"kid": "other"}, "`kid` is not the key's thumbprint"),
        ({"create_time": "yesterday"}, "`create_time` must be a time"),
        ({"more": 1}, "unknown member 'more'"),
    ],
)
def test_a_broken_key_is_named_and_not_quoted(path: Path, members: dict[str, Any], why: str) -> None:
    create(path, START)
    assert f"{path}: key 1: {why}" in broken(path, **members)


@pytest.mark.parametrize(("text", "why"), [("[]", "a list"), ('{"keys": []}', "no active key"), ("\xff", "JSON")])
def test_a_file_without_keys_is_refused(path: Path, text: str, why: str) -> None:
    path.write_bytes(text.encode("latin-1"))
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match=why):
        load(path)


def test_the_first_start_on_loopback_makes_the_file_and_any_other_says_how(path: Path) -> None:
    elsewhere = load_settings({"signing_keys": str(path), "listen": "0.0.0.0:1", "allow_insecure_remote": "true"}, {})
    with pytest.raises(KeyFileError, match=f"no such file\n  make it: andon keys rotate --signing-keys {path}"):
        signing_keys(elsewhere)
    made = signing_keys(load_settings({"signing_keys": str(path)}, {}))
    assert signing_keys(elsewhere).current == made.current


def test_the_command_line_lists_and_changes(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def andon(*words: str) -> tuple[int, str, str]:
        code = main(["keys", *words, "--signing-keys", str(path)])
        return code, *capsys.readouterr()

    assert andon("list")[0] == 1
    assert andon("rotate")[0] == 0
    first = load(path).keys[0].kid
    assert andon("rotate")[1].startswith(load(path).keys[1].kid)
    listed = andon("list")[1]
    assert [line.split()[:2] for line in listed.splitlines()[1:]] == [
        [key.kid, key.state.value] for key in load(path).keys
    ]
    assert andon("revoke", first[:12])[1].startswith(f"{first} is revoked.")
    assert andon("revoke", first) == (1, "", f"andon: {first} is revoked already\n")
    assert andon("retire", first[:3]) == (1, "", f"andon: no key '{first[:3]}'; `andon keys list` shows them\n")
    active = load(path).keys[1].kid
    assert andon("retire", active)[0] == 0
    assert json.loads(andon("public")[1]) == load(path).jwks()
    lines = andon("public", "--origin", "andon.dev/x")[1].splitlines()
    assert [line.split("+")[0] for line in lines] == ["andon.dev/x"] * 2
    assert '"d"' not in listed + json.dumps(lines)
