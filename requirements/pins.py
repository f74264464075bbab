"""Writes the pins (`requirements/*.txt`) from what the pyproject files ask for. Run by `make pins`.

Sets that build on one another, each complete with all it pulls in, each name in one set only: run (the server and its
client), build (their build backend), demo, dev, node (Node.js for the page, where the machine has none). A pin is
`name==version` and nothing else.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).resolve().parent
PROJECTS: Final = (HERE.parent / "pyproject.toml", HERE.parent / "clients/python/pyproject.toml")
OURS: Final = frozenset({"andon", "andon-client"})
OLDEST: Final = (3, 11)


def main() -> int:
    """Resolves every set on the oldest Python supported, so that each version exists for all of them."""
    if sys.version_info[:2] != OLDEST:
        print("pins are resolved on the oldest supported Python, 3.11: make pins PYTHON=python3.11", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        # A bare environment of its own: .venv may be what the old pins have broken.
        venv.create(scratch, with_pip=True)
        pin(Path(scratch) / "bin/python", wishes([tomllib.loads(path.read_text()) for path in PROJECTS]))
    return 0


def pin(python: Path, wanted: dict[str, list[str]]) -> None:
    """Writes one file a set, each with what the sets before it lack."""
    pinned: dict[str, str] = {}
    for name, needs in wanted.items():
        found = {each: version for each, version in resolve(python, needs, pinned).items() if each not in pinned}
        (HERE / f"{name}.txt").write_text("".join(f"{each}=={found[each]}\n" for each in sorted(found)))
        pinned |= found


def wishes(projects: list[dict[str, Any]]) -> dict[str, list[str]]:
    """What each set asks for, in the order in which the sets build on one another."""
    # hatchling asks for editables only while it makes an editable install.
    wanted: dict[str, list[str]] = {"run": [], "build": ["editables"], "demo": [], "dev": [], "node": []}
    for project in projects:
        about = project["project"]
        wanted["run"] += about.get("dependencies", [])
        for extra in about.get("optional-dependencies", {}).values():
            wanted["run"] += extra
        wanted["build"] += project["build-system"]["requires"]
        for group in ("demo", "dev", "node"):
            wanted[group] += project.get("dependency-groups", {}).get(group, [])
    return {name: [each for each in needs if bare(each) not in OURS] for name, needs in wanted.items()}


def resolve(python: Path, wanted: list[str], pinned: dict[str, str]) -> dict[str, str]:
    """Names and versions of `wanted` and all it pulls in, given what is pinned already."""
    held = [f"{name}=={version}" for name, version in pinned.items()]
    command = [str(python), "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-"]
    answer = subprocess.run([*command, *wanted, *held], check=True, stdout=subprocess.PIPE)
    report = json.loads(answer.stdout)
    return {bare(item["metadata"]["name"]): item["metadata"]["version"] for item in report["install"]}


def bare(requirement: str) -> str:
    """The normal form of a requirement's name."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


if __name__ == "__main__":
    raise SystemExit(main())
