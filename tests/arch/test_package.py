"""The wheel holds what the server needs to run."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.arch import sources


def test_the_clients_wheel_holds_the_licence(tmp_path: Path) -> None:
    home = sources.ROOT / "clients" / "python"
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    built = subprocess.run(command, cwd=home, check=False, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("andon_client-*.whl")
    packed = {name.rpartition("/")[2] for name in zipfile.ZipFile(wheel).namelist() if "/licenses/" in name}
    assert packed == {"LICENSE", "NOTICE"}
    assert (home / "LICENSE").read_bytes() == (sources.ROOT / "LICENSE").read_bytes()


def test_the_wheel_holds_every_file_of_the_package(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    built = subprocess.run(command, cwd=sources.ROOT, check=False, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("andon-*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {name.removeprefix("server/") for name in sources.names() if name.startswith("server/andon/")}
    assert "andon/py.typed" in wanted
    assert wanted <= packed
