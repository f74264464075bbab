"""The settings of encryption at rest, and what a key must be."""

from __future__ import annotations

from pathlib import Path

import pytest

from andon.__main__ import main
from andon.config import KEYS, ConfigError, Settings, load, resolve
from andon.derived import vault
from andon.store.sealing import KeyGone, SealBroken, VaultClosed
from andon.vault.sealer import AesSealer

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
ID = "01990000-0000-7000-8000-000000000001"


def test_a_key_is_shown_nowhere(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANDON_ENCRYPTION_KEY", KEY)
    assert main(["config"]) == 0
    shown = capsys.readouterr().out
    assert "# encryption_key is set and not shown  # ANDON_ENCRYPTION_KEY" in shown
    assert KEY not in shown
    settings = resolve({}, {"ANDON_ENCRYPTION_KEY": KEY}).settings
    assert KEY not in repr(settings)
    assert settings.encryption_key == KEY
    assert KEY not in KEYS["encryption_key"].shown(settings.encryption_key)


def test_no_flag_takes_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["serve", "--encryption-key", KEY])
    assert stopped.value.code == 2


@pytest.mark.parametrize("wrong", ["hunter2", KEY[:-5], KEY + KEY, "!" * 44])
def test_a_key_that_is_none_is_not_repeated(wrong: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load({}, {"ANDON_ENCRYPTION_KEY": wrong})
    assert wrong not in str(refused.value)
    assert "base64 of 32 bytes" in str(refused.value)


def test_one_place_holds_it_and_no_more(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="one of them, no more"):
        load({"encryption_key_file": str(tmp_path / "key")}, {"ANDON_ENCRYPTION_KEY": KEY})


def test_without_any_nothing_is_encrypted(tmp_path: Path) -> None:
    assert vault(Settings()) is None
    file = tmp_path / "key"
    file.write_text(KEY + "\n")
    assert vault(load({"encryption_key_file": str(file)}, {})) is not None
    assert vault(load({"encryption_key_command": "kms 'eu west'"}, {})) is not None
    assert load({"encryption_key_command": "kms 'eu west'"}, {}).encryption_key_command == ("kms", "eu west")


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "No such file"), (b"\xff", "is not base64"), (b"????", "is not base64"), (b"AAAA", "holds 3 bytes")],
)
def test_a_file_that_holds_none_is_refused(tmp_path: Path, content: bytes | None, why: str) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(VaultClosed, match=why):
        vault(load({"encryption_key_file": str(file)}, {}))


def test_a_sealed_text_opens_where_it_was_sealed_alone() -> None:
    sealer = AesSealer(bytes(range(32)))
    row = sealer.make("ada")
    with pytest.raises(KeyGone):
        sealer.seal(row.id, ID, "comment", "hello")
    sealer.learn(row)
    sealed = sealer.seal(row.id, ID, "comment", "hello")
    assert sealed != sealer.seal(row.id, ID, "comment", "hello")
    assert sealer.open(ID, "comment", sealed) == "hello"
    for place in ((ID, "reasoning"), (ID[:-1] + "2", "comment")):
        with pytest.raises(SealBroken):
            sealer.open(*place, sealed)
    sealer.miss(row.id)
    assert sealer.open(ID, "comment", sealed) is None


def test_a_key_belongs_to_its_subject_and_its_store() -> None:
    sealer, other = AesSealer(bytes(range(32))), AesSealer(bytes(32))
    row = sealer.make("ada")
    assert sealer.mark != other.mark
    assert sealer.subjects("ada") == ("ada", sealer.hashed("ada"))
    assert sealer.hashed("ada") != other.hashed("ada")
    for strange in (row._replace(subject=sealer.hashed("bob")), row._replace(id=row.id + 1), other.make("ada")):
        with pytest.raises(SealBroken):
            sealer.learn(strange)


def test_so_many_keys_are_held_and_no_more() -> None:
    sealer = AesSealer(bytes(range(32)), most=2)
    rows = [sealer.make(name) for name in ("ada", "bob", "eve")]
    for row in rows:
        sealer.learn(row)
    assert [sealer.holds(row.id) for row in rows] == [False, True, True]
    assert [sealer.key_of(name) for name in ("ada", "bob", "eve")] == [None, rows[1].id, rows[2].id]
    sealer.forget()
    assert not any(sealer.holds(row.id) for row in rows)
