"""The command that asks a key service: what it is told, and what becomes of one that misbehaves."""

from __future__ import annotations

import asyncio
import base64
import os
import select
import sys
from pathlib import Path

import pytest

from andon.store.sealing import VaultClosed
from andon.vault.service import CommandKey

KEY = bytes(range(32))
FORK = (
    "import os, sys, time\npid = os.fork()\nif pid == 0:\n    time.sleep(60)\nopen(sys.argv[1], 'w').write(str(pid))\n"
)
ESCAPE = "import os\nif os.fork() == 0:\n    os.setsid()\n"
"""What goes on beside the command, out of its group, with its pipes."""


def command(script: str, *words: str, patience: float = 20.0) -> CommandKey:
    """A command of a few lines of Python."""
    return CommandKey((sys.executable, "-c", script, *words), patience)


def fifo(folder: Path) -> Path:
    """Where the command says which process it has left behind."""
    os.mkfifo(folder / "pid")
    return folder / "pid"


def gone(pid: int) -> bool:
    """Whether a process has ended, or does so soon."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    poll = select.poll()
    poll.register(process, select.POLLIN)
    ended = bool(poll.poll(5000))
    os.close(process)
    return ended


async def test_it_is_told_the_key_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANDON_ENCRYPTION_KEY", "ANDON_ENCRYPTION_KEY_NEW"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("ANDON_STORE", "told")
    script = (
        "import base64, os, sys\n"
        "given = sys.stdin.read()\n"
        "said = ' '.join(sorted(name for name in os.environ if name.startswith('ANDON_')))\n"
        "print(base64.b64encode(f'{given}{sys.argv[-1]} {said}'.encode()).decode())\n"
    )
    told = (await command(script).unwrap(KEY)).decode()
    given, said = told.split("\n")
    assert base64.b64decode(given) == KEY
    assert said.split()[0] == "unwrap"
    assert "ANDON_STORE" in said
    assert "ENCRYPTION_KEY" not in said


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("while True: print('A' * 65536)", "answered more than 65536 bytes"),
        (ESCAPE + "while True: print('A' * 65536)", "answered more than 65536 bytes"),
        ("import sys\nsys.stderr.write('x' * 1000000 + '\\nno such key\\n')\nsys.exit(3)", "exit code 3: no such key"),
        ("import os\nos.close(0)\nprint('QUJD', flush=True)\nos._exit(7)", "exit code 7"),
    ],
)
async def test_of_what_it_says_so_much_is_read_and_no_more(script: str, why: str) -> None:
    with pytest.raises(VaultClosed, match=why):
        await command(script).unwrap(KEY)


@pytest.mark.parametrize("end", ["time.sleep(60)", "os._exit(1)", "print('QUJD'); sys.stdout.flush(); os._exit(0)"])
async def test_what_it_left_behind_ends_with_it(tmp_path: Path, end: str) -> None:
    told = fifo(tmp_path)
    asking = asyncio.create_task(command(f"{FORK}{end}", str(told), patience=1.0).unwrap(KEY))
    pid = int(await asyncio.to_thread(told.read_text))
    with pytest.raises(VaultClosed, match="did not answer within 1 s"):
        await asking
    assert await asyncio.to_thread(gone, pid)


async def test_a_start_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    told = fifo(tmp_path)
    asking = asyncio.create_task(command(f"{FORK}time.sleep(60)", str(told)).unwrap(KEY))
    pid = int(await asyncio.to_thread(told.read_text))
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await asyncio.to_thread(gone, pid)
