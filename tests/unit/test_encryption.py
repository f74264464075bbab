"""The settings of encryption at rest, and what a key must be."""

from __future__ import annotations

from pathlib import Path

import pytest

from andon.__main__ import main
from andon.config import KEYS, ConfigError, Settings, load, resolve
from andon.derived import vault
from andon.store.sealing import Cell, KeyRow, SealBroken, VaultClosed
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
    key, other = sealer.learn(sealer.make("ada")), sealer.learn(sealer.make("bob"))
    assert key is not None
    assert other is not None
    cell = Cell(ID, "comment", "a task")
    sealed = sealer.seal(key, cell, "hello")
    held = {key.id: key}
    assert sealed != sealer.seal(key, cell, "hello")
    assert sealer.open(held, cell, sealed) == "hello"
    for place in (Cell(ID, "reasoning", "a task"), Cell(ID[:-1] + "2", "comment", "a task"), Cell(ID, "comment", "b")):
        with pytest.raises(SealBroken):
            sealer.open(held, place, sealed)
    for keys in ({}, {other.id: other}, {key.id: other}):
        with pytest.raises(SealBroken):
            sealer.open(keys, cell, sealed)
    assert sealer.open({key.id: None}, cell, sealed) is None


@pytest.mark.parametrize("id", ["+1", "1_0", " 1", "1 ", "0", "01", "A", "0x1", "", "1" * 17, "\u0661"])
def test_an_id_is_written_in_one_way(id: str) -> None:
    sealer = AesSealer(bytes(range(32)))
    assert sealer.key_in(f"{sealer.mark}1f.AAAA") == 0x1F
    with pytest.raises(SealBroken):
        sealer.key_in(f"{sealer.mark}{id}.AAAA")


def test_a_key_belongs_to_its_subject_and_its_store() -> None:
    sealer, other = AesSealer(bytes(range(32))), AesSealer(bytes(32))
    row = sealer.make("ada")
    assert sealer.mark != other.mark
    assert sealer.subjects("ada") == ("ada", sealer.hashed("ada"))
    assert sealer.hashed("ada") != other.hashed("ada")
    for strange in (row._replace(subject=sealer.hashed("bob")), row._replace(id=row.id + 1), other.make("ada")):
        with pytest.raises(SealBroken):
            sealer.learn(strange)


def test_that_a_key_was_destroyed_is_proved_by_the_stores_key() -> None:
    sealer, other = AesSealer(bytes(range(32))), AesSealer(bytes(32))
    assert sealer.learn(KeyRow(7, None, sealer.destroyed(7))) is None
    assert sealer.known((7, 8)) == {7: None}
    for proof in (other.destroyed(7), sealer.destroyed(8), "", "\u0661"):
        with pytest.raises(SealBroken):
            sealer.learn(KeyRow(7, None, proof))


def test_whether_all_is_sealed_is_proved_by_it_too() -> None:
    sealer, other = AesSealer(bytes(range(32))), AesSealer(bytes(32))
    for whole in (True, False):
        sealer.follow(sealer.state(whole=whole))
        assert sealer.whole is whole
    for state in (None, b"", other.state(whole=False)):
        with pytest.raises(SealBroken):
            sealer.follow(state)


def test_so_many_keys_are_remembered_and_no_more() -> None:
    sealer = AesSealer(bytes(range(32)), most=2)
    rows = [sealer.make(name) for name in ("ada", "bob", "eve")]
    for row in rows:
        sealer.learn(row)
    assert list(sealer.known(row.id for row in rows)) == [rows[1].id, rows[2].id]
    assert [sealer.key_of(name) is None for name in ("ada", "bob", "eve")] == [True, False, False]
    sealer.forget()
    assert not sealer.known(row.id for row in rows)
