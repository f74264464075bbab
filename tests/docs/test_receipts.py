"""What docs/receipts.md shows checks a true receipt, and refuses a forged one, in every language that is here."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest
import yaml

from andon.domain.canonical import JsonObject, canonical
from andon.keys.ring import KeyRing
from andon.policy.model import Receipts, read
from andon.usecases.receipts import signed
from tests.docs.markdown import blocks
from tests.docs.markdown import read as document

PAGE: Final = document("docs/receipts.md")
NAME: Final = "decisions/00000000-0000-7000-8000-000000000001"
HASH: Final = "a" * 64


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a receipt and the keys to check it with; the key that signs is not the first."""
    ring = KeyRing.fresh(0)
    claims: JsonObject = {
        "iss": "andon.example.com/ledger",
        "sub": NAME,
        "jti": "1.0",
        "iat": int(time.time()),
        "exp": int(time.time()) + 3600,
        "action": "refund.issue",
        "level": 0,
        "may_pass": True,
        "outcome": "APPROVED",
        "payload_hash": HASH,
        "policy": "refunds",
        "resolve_time": "2026-01-01T00:00:00.000000Z",
        "revision": "r1",
        "submitter": "refund-service",
    }
    (tmp_path / "receipt").write_text(f"{signed(ring, canonical(claims))}\n")
    keys = {"keys": [*KeyRing.fresh(1).jwks()["keys"], *ring.jwks()["keys"]]}  # type: ignore[misc]
    (tmp_path / "jwks.json").write_text(json.dumps(keys, indent=2))
    return tmp_path


def forge(folder: Path) -> None:
    """Another key signs in the name of the one that is known."""
    head, body, _ = (folder / "receipt").read_text().strip().split(".")
    *_, signature = signed(KeyRing.fresh(2), "{}").split(".")
    (folder / "receipt").write_text(f"{head}.{body}.{signature}\n")


def programs(language: str) -> list[str]:
    """What the page shows in a language."""
    return [block.text for block in blocks(PAGE) if block.language == language]


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Runs a program in the folder."""
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def check(folder: Path, *command: str) -> None:
    """It says how the decision ended, and after a forgery fails and says nothing of it."""
    told = run(folder, *command)
    assert (told.returncode, "APPROVED" in told.stdout) == (0, True), told.stderr
    forge(folder)
    told = run(folder, *command)
    assert told.returncode != 0
    assert told.stdout.strip() in ("", "the receipt's signature is wrong")


@pytest.mark.parametrize("place", [0, 1])
def test_python(folder: Path, place: int) -> None:
    (folder / "check.py").write_text(f"NAME, HASH = {NAME!r}, {HASH!r}\n{programs('python')[place]}")
    check(folder, sys.executable, "check.py")


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
def test_node(folder: Path) -> None:
    (folder / "check.cjs").write_text(f"const NAME = {NAME!r}, HASH = {HASH!r};\n{programs('js')[0]}")
    check(folder, "node", "check.cjs")


@pytest.mark.skipif(shutil.which("go") is None, reason="no go here")
def test_go(folder: Path) -> None:
    (folder / "check.go").write_text(programs("go")[0])
    assert run(folder, "go", "build", "-o", "check", "check.go").stderr == ""
    check(folder, "./check", NAME, HASH)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here")
def test_openssl(folder: Path) -> None:
    (folder / "check.sh").write_text(f"set -e\n{programs('sh')[0]}")
    check_openssl = run(folder, "sh", "check.sh")
    assert "Signature Verified Successfully" in check_openssl.stdout, check_openssl.stderr
    assert '"outcome":"APPROVED"' in check_openssl.stdout
    forge(folder)
    assert run(folder, "sh", "check.sh").returncode != 0


def test_the_command(folder: Path) -> None:
    (command,) = programs("console")
    words = command.removeprefix("$ andon ").strip().replace('"$HASH"', HASH).split()
    check(folder, sys.executable, "-m", "andon", *words)


def test_the_policy_keys_are_those_that_are_read() -> None:
    (stated,) = programs("yaml")
    policy = read({"policy": "p", "actions": ["*"], **yaml.safe_load(stated)})
    assert (policy.redeem, policy.receipt.reviewers.value) == (True, "counted")
    assert policy.receipt != Receipts()
