"""`andon encryption` and `andon retention show`, on both engines and beside servers."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from andon.__main__ import main
from andon.engines import open_archive, open_keyring
from andon.retention.files import make
from andon.retention.keep import Keep
from andon.retention.run import Order, retire
from andon.store.errors import StoreUnusable
from andon.vault.service import EnvironmentKey
from andon.vault.unlocking import ServiceVault
from tests.store.engines import KEY, PostgresEngine, SqliteEngine
from tests.store.test_erasure import CANARY, ended, erased, lived

NEW: bytes = bytes(range(100, 132))
Said = pytest.CaptureFixture[str]


class Ground:
    """A store of an engine, and files of keys."""

    def __init__(self, folder: Path, url: str | None) -> None:
        self.where: Path | str = folder / "andon.db" if url is None else url
        self.keys = {name: self._written(folder / name, key) for name, key in (("old", KEY), ("new", NEW))}
        self._folder, self._url = folder, url

    def engine(self, key: bytes | None = KEY) -> Any:
        """What opens the store with a key."""
        vault = None if key is None else ServiceVault(EnvironmentKey(key))
        return SqliteEngine(self._folder, vault=vault) if self._url is None else PostgresEngine(self._url, vault)

    async def run(self, *words: str, key: str | None = "old") -> int:
        """Runs a command, with a key as the setting."""
        given = ("--store", str(self.where), *(("--encryption-key-file", self.keys[key]) if key else ()))
        return await asyncio.to_thread(main, [*words, *given])

    async def opens(self, key: bytes | None) -> bool:
        """Whether a server starts with this key."""
        try:
            store = await self.engine(key).open()
        except StoreUnusable:
            return False
        await store.close()
        return True

    @staticmethod
    def _written(path: Path, key: bytes) -> str:
        path.write_text(base64.b64encode(key).decode())
        return str(path)


@pytest.fixture(params=["sqlite", "postgres"])
def ground(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    """An empty place of each engine, and none of the machine's own settings."""
    url = request.getfixturevalue("databases").clean() if request.param == "postgres" else None
    for name in [name for name in os.environ if name.startswith("ANDON_")]:
        monkeypatch.delenv(name)
    return Ground(tmp_path, url)


def command(script: str) -> str:
    """A key service of a few words of Python."""
    return f'{sys.executable} -c "{script}"'


async def test_status_says_how_much_is_encrypted(ground: Ground, capsys: Said) -> None:
    store = await ground.engine(None).open()
    await ended(store)
    assert await ground.run("encryption", "status", key=None) == 0
    assert capsys.readouterr().out == "not encrypted; decisions: 1\n"
    await store.close()
    store = await ground.engine().open()
    await ended(store)
    capsys.readouterr()
    assert await ground.run("encryption", "status") == 0
    assert capsys.readouterr().out.splitlines() == [
        "encrypted; the store's key is wrapped in 40 bytes, as by a key of your own",
        "keys of subjects: 2",
        "decisions: 2, 1 of them plain, from before the encryption",
        "the key that is set opens it",
        "plain text is believed; in plain text are decisions: 1; words beside the ledger: 1; legal holds: 0",
    ]
    assert await ground.run("encryption", "status", key=None) == 0
    assert "no key is set" in capsys.readouterr().out
    assert await ground.run("encryption", "status", key="new") == 1
    assert "is not the key that this store was encrypted with" in capsys.readouterr().err
    await store.close()


async def test_a_new_key_opens_it_and_the_old_one_no_more(ground: Ground, capsys: Said) -> None:
    store = await ground.engine().open()
    before = await ended(store)
    assert await ground.run("encryption", "rotate", "--new-key-file", ground.keys["new"]) == 0
    after = await ended(store)  # a server that runs works on
    await store.close()
    assert "the new key opens the store" in capsys.readouterr().out
    assert not await ground.opens(KEY)
    store = await ground.engine(NEW).open()
    for decision in (before, after):
        assert CANARY in str(await store.decision(decision.id))
    await store.close()
    assert await ground.run("encryption", "status", key="new") == 0


async def test_the_new_key_may_come_from_the_environment(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    await (await ground.engine().open()).close()
    monkeypatch.setenv("ANDON_ENCRYPTION_KEY_NEW", base64.b64encode(NEW).decode())
    assert await ground.run("encryption", "rotate") == 0
    assert await ground.opens(NEW)


async def test_a_key_service_takes_over(ground: Ground, tmp_path: Path, capsys: Said) -> None:
    await (await ground.engine().open()).close()
    service = tmp_path / "service.py"
    service.write_text(
        "import base64, sys\n"
        "key = base64.b64decode(sys.stdin.read())\n"
        "print(base64.b64encode(bytes(byte ^ 0x5A for byte in key) if len(key) != 48 else key).decode())\n"
    )
    assert await ground.run("encryption", "rotate", "--new-key-command", f"{sys.executable} {service}") == 0
    assert not await ground.opens(KEY)
    assert (
        await ground.run("encryption", "status", "--encryption-key-command", f"{sys.executable} {service}", key=None)
        == 0
    )
    assert "as by a key service" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("key", "given", "why"),
    [
        ("new", ("--new-key-file", "new"), "is not the key that this store was encrypted with"),
        (None, ("--new-key-file", "new"), "encryption_key is not set"),
        ("old", (), "give the new key"),
        ("old", ("--new-key-file", "nowhere"), "the new key: encryption_key_file nowhere: No such file"),
        ("old", ("--new-key-command", command("import sys; sys.exit('closed')")), "exit code 1: closed"),
        ("old", ("--new-key-command", command("print('rubbish!')")), "the new key: .* is not base64"),
        ("old", ("--new-key-command", command("print('AAAA')")), "gave back another key"),
        ("old", ("--new-key-command", command("import sys; print(sys.stdin.read())")), "it encrypts nothing"),
    ],
)
async def test_what_goes_wrong_changes_nothing(
    ground: Ground, capsys: Said, key: str | None, given: tuple[str, ...], why: str
) -> None:
    await (await ground.engine().open()).close()
    words = [ground.keys.get(word, word) for word in given]
    assert await ground.run("encryption", "rotate", *words, key=key) == 1
    said = capsys.readouterr().err
    assert re.search(why, said), said
    assert base64.b64encode(KEY).decode() not in said
    assert await ground.opens(KEY)


async def test_a_service_that_gives_another_stores_key_changes_nothing(ground: Ground, capsys: Said) -> None:
    await (await ground.engine().open()).close()
    other = base64.b64encode(bytes(32)).decode()
    words = ("--new-key-file", ground.keys["new"], "--encryption-key-command", command(f"print('{other}')"))
    assert await ground.run("encryption", "rotate", *words, key=None) == 1
    assert "gave back another key than this store's" in capsys.readouterr().err
    assert await ground.opens(KEY)


async def test_what_is_not_encrypted_has_no_key_to_change(ground: Ground, capsys: Said) -> None:
    await (await ground.engine(None).open()).close()
    assert await ground.run("encryption", "rotate", "--new-key-file", ground.keys["new"]) == 1
    assert "is not encrypted" in capsys.readouterr().err
    assert await ground.opens(None)


async def test_of_two_changes_at_once_one_is_made(ground: Ground) -> None:
    await (await ground.engine().open()).close()
    keyring = await open_keyring(ground.where)
    kept = await keyring.kept()
    assert kept is not None
    assert await ground.run("encryption", "rotate", "--new-key-file", ground.keys["new"]) == 0
    assert not await keyring.swap_if_same(kept, b"somebody else's")
    await keyring.close()
    assert await ground.opens(NEW)


async def test_killed_in_between_the_old_key_opens_it(ground: Ground) -> None:
    await (await ground.engine().open()).close()
    killer = command("import os, signal; os.kill(os.getppid(), signal.SIGKILL)")
    words = ("--store", str(ground.where), "--encryption-key-file", ground.keys["old"], "--new-key-command", killer)
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "andon", "encryption", "rotate", *words)
    assert await process.wait() == -9
    assert await ground.opens(KEY)


async def retired(ground: Ground, folder: Path) -> Path:
    """Exports and removes all that has ended; the file."""
    make(folder)
    archive = await open_archive(ground.where)
    (report,) = [report async for report in retire(archive, Order(0, folder, Keep((), lambda _: None)))]
    await archive.close()
    assert report.manifest is not None
    return folder / report.manifest.file


def shown(said: Said) -> list[Any]:
    """The records that a command has printed."""
    return [json.loads(line) for line in said.readouterr().out.splitlines()]


def manifest_of(file: Path) -> Path:
    """The file that says what is in it."""
    return file.with_name(file.name.replace(".jsonl.gz", ".manifest.json"))


async def exported(ground: Ground, folder: Path, key: bytes | None = KEY) -> tuple[Any, Path]:
    """A decision that had a past, and the file that it went to."""
    store = await ground.engine(key).open()
    decision = await lived(store)
    await store.close()
    return decision, await retired(ground, folder)


async def test_an_encrypted_month_is_shown_by_the_stores_keys(ground: Ground, tmp_path: Path, capsys: Said) -> None:
    decision, file = await exported(ground, tmp_path / "out")
    assert json.loads(manifest_of(file).read_text())["encrypted"] is True
    assert CANARY.encode() not in gzip.decompress(file.read_bytes())
    assert await ground.run("retention", "show", str(file)) == 0
    out = capsys.readouterr().out
    assert '"sealed' not in out
    (record,) = map(json.loads, out.splitlines())
    assert record["decision"]["input"] == dict(decision.proposal.input)
    assert CANARY in str(record["decision"]["attributes"])
    assert record["decision"]["reasoning"] == f"{CANARY} again"
    assert record["earlier_proposals"][0]["body"]["reasoning"] == f"{CANARY} never got it"
    assert [task["note"] for task in record["tasks"]] == ["", f"{CANARY} objects"]
    assert [review["comment"] for review in record["reviews"]] == [f"for {CANARY}", f"{CANARY} is right"]
    assert all(isinstance(review["changed_fields"], list) for review in record["reviews"])
    assert (record["appeals"][0]["reason"], record["appeals"][0]["comment"]) == (
        f"{CANARY} objects",
        f"{CANARY} is right",
    )
    assert all(isinstance(entry["body"], dict) for entry in record["ledger"])
    assert sum(CANARY in str(entry.get("words")) for entry in record["ledger"]) > 2
    assert all(isinstance(entry.get("words", {}), dict) for entry in record["ledger"])


async def test_a_server_may_work_meanwhile_and_what_was_erased_is_empty(
    ground: Ground, tmp_path: Path, capsys: Said
) -> None:
    _, file = await exported(ground, tmp_path / "out")
    store = await ground.engine().open()
    assert await ground.run("retention", "show", str(file)) == 0
    assert CANARY in capsys.readouterr().out
    assert await erased(store) == 0  # nothing of the subject is left there but its key
    assert await ground.run("retention", "show", str(file)) == 0
    (record,) = shown(capsys)
    assert CANARY not in str(record)
    assert (record["decision"]["input"], record["decision"]["reasoning"]) == ({}, "")
    assert record["reviews"][0]["verdict"] == "CORRECT"
    await store.close()


async def test_without_the_keys_it_is_refused(ground: Ground, tmp_path: Path, capsys: Said) -> None:
    _, file = await exported(ground, tmp_path / "out")
    assert await ground.run("retention", "show", str(file), key=None) == 1
    assert "is encrypted: give its store, and the key that opens it" in capsys.readouterr().err
    manifest_of(file).unlink()
    assert await ground.run("retention", "show", str(file), key=None) == 1
    assert "is encrypted" in capsys.readouterr().err
    other = SqliteEngine(tmp_path, "other.db", ServiceVault(EnvironmentKey(KEY)))
    await (await other.open()).close()
    words = ("retention", "show", str(file), "--encryption-key-file", ground.keys["old"], "--store", str(other.path))
    assert await asyncio.to_thread(main, list(words)) == 1
    said = capsys.readouterr()
    assert "another store's keys sealed it" in said.err
    assert said.out == ""


async def test_a_plain_month_needs_no_store(ground: Ground, tmp_path: Path, capsys: Said) -> None:
    _, file = await exported(ground, tmp_path / "out", None)
    assert "encrypted" not in json.loads(manifest_of(file).read_text())
    words = [
        "retention",
        "show",
        str(file),
        "--encryption-key-file",
        ground.keys["old"],
        "--store",
        str(tmp_path / "no"),
    ]
    assert await asyncio.to_thread(main, words) == 0
    assert capsys.readouterr().out.encode() == gzip.decompress(file.read_bytes())


async def test_a_file_that_was_changed_is_refused(ground: Ground, tmp_path: Path, capsys: Said) -> None:
    _, file = await exported(ground, tmp_path / "out", None)
    file.write_bytes(gzip.compress(gzip.decompress(file.read_bytes()).replace(CANARY.encode(), b"x")))
    assert await ground.run("retention", "show", str(file)) == 1
    said = capsys.readouterr()
    assert "is not what was written" in said.err
    assert said.out == ""


def test_nothing_in_a_file_steers_a_terminal(tmp_path: Path, capsys: Said) -> None:
    file = tmp_path / "decisions-2025-03.jsonl.gz"
    said = {"decision": {"id": "one", "input": {"bell": "\x9b31m\u202e"}}}
    file.write_bytes(gzip.compress(json.dumps(said, ensure_ascii=False).encode() + b"\n"))
    assert main(["retention", "show", str(file), "--store", str(tmp_path / "no")]) == 0
    out = capsys.readouterr().out
    assert json.loads(out) == said
    assert not {"\x9b", "\u202e"} & set(out)


@pytest.mark.parametrize(
    "content",
    [b"no gzip", *map(gzip.compress, (b"no json\n", b"{}\n", b"[1]\n")), gzip.compress(b"{}")[:-3]],
    ids=["no gzip", "no json", "no record", "a list", "cut short"],
)
def test_what_is_no_such_file_is_refused_in_words(tmp_path: Path, capsys: Said, content: bytes) -> None:
    file = tmp_path / "decisions-2025-03.jsonl.gz"
    assert main(["retention", "show", str(file)]) == 1
    assert "No such file" in capsys.readouterr().err
    file.write_bytes(content)
    assert main(["retention", "show", str(file)]) == 1
    said = capsys.readouterr()
    assert "can't be read" in said.err
    assert said.out == ""
