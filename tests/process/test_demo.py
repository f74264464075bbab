"""The demo's main job, as a user runs it."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed (requirements/demo.txt)")

DEMO = Path(__file__).resolve().parents[2] / "clients" / "examples" / "credit" / "demo.py"

Start: TypeAlias = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts demos, and leaves none behind.

    Tests that a script runs in the background ignore Ctrl-C, and so would what they start.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    demos: list[subprocess.Popen[str]] = []

    def run(folder: Path, *arguments: str) -> subprocess.Popen[str]:
        demo = subprocess.Popen(
            [sys.executable, str(DEMO), "--database", str(folder), *arguments],
            cwd=folder.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        demos.append(demo)
        return demo

    try:
        yield run
    finally:
        signal.signal(signal.SIGINT, before)
        for demo in demos:
            if demo.poll() is None:
                demo.terminate()
                demo.communicate(timeout=60)


def test_the_numbers_add_up(start: Start, tmp_path: Path) -> None:
    demo = start(tmp_path / "demo", "--once", "--decisions", "60", "--scale", "5000")
    out, err = demo.communicate(timeout=90)
    assert demo.returncode == 0, err
    assert "The numbers add up" in out
    assert "AI + review" in out
    assert err == ""


def test_it_works_alone_and_interrupted_leaves_no_server_and_no_traceback(start: Start, tmp_path: Path) -> None:
    demo = start(tmp_path / "demo", "--once", "--scale", "1")
    assert demo.stdout is not None
    listening = next(line for line in iter(demo.stdout.readline, "") if line.startswith("The server listens on"))
    port = int(re.findall(r":(\d+)", listening)[0])
    _, other = start(tmp_path / "demo", "--once").communicate(timeout=60)
    assert "another demo works in" in other
    demo.send_signal(signal.SIGINT)
    _, err = demo.communicate(timeout=60)
    assert demo.returncode == 130
    assert err.strip() == "stopped"
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", port))


def test_a_foreign_folder_is_left_alone(start: Start, tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "thesis.txt").write_text("years of work")
    demo = start(tmp_path / "demo", "--once")
    _, err = demo.communicate(timeout=60)
    assert demo.returncode == 1
    assert "not of an earlier demo" in err
    assert (tmp_path / "demo" / "thesis.txt").read_text() == "years of work"
