"""The wheel holds what the server needs to run."""

from __future__ import annotations

import shutil
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
    packed = wheel_of(sources.ROOT, tmp_path)
    wanted = {name.removeprefix("server/") for name in sources.names() if name.startswith("server/andon/")}
    assert "andon/py.typed" in wanted
    assert wanted <= packed


def test_the_wheel_holds_the_built_page_and_not_what_its_build_notes(tmp_path: Path) -> None:
    tree, page = tmp_path / "tree", {"index.html", "index.html.br", "config.json", "assets/app-1a2b3c.js"}
    noted = {".sources", "manifest.json", "manifest.json.gz", "assets/.vite.json"}
    for name in ("pyproject.toml", ".gitignore", "README.md", "LICENSE", "NOTICE", "server/andon/__init__.py"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(sources.ROOT / name, tree / name)
    for name in page | noted:
        built = tree / "server/andon/web/page" / name
        built.parent.mkdir(parents=True, exist_ok=True)
        built.write_text("")
    packed = {name.partition("/web/page/")[2] for name in wheel_of(tree, tmp_path) if "/web/page/" in name}
    assert packed == page


def wheel_of(tree: Path, into: Path) -> set[str]:
    """The names of what is in the wheel of the server."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)]
    built = subprocess.run(command, cwd=tree, check=False, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    (wheel,) = into.glob("andon-*.whl")
    return set(zipfile.ZipFile(wheel).namelist())
