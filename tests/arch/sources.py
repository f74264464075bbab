"""What the tests in this folder look at: the project's own files."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
GENERATED: Final = "clients/python/andon_client/_gen/"
VENDORED: Final = "proto/third_party/"


@cache
def names() -> tuple[str, ...]:
    """Every file that is committed or would be, relative to the root, with `/`."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(sorted(name for name in set(listed.split("\0")) if name and (ROOT / name).is_file()))


def python(*folders: str) -> Iterator[tuple[str, str]]:
    """Names and texts of the Python files we write below `folders` (all, if none is named)."""
    for name in names():
        if name.endswith(".py") and not name.startswith(GENERATED) and (not folders or name.startswith(folders)):
            yield name, (ROOT / name).read_text()


def texts() -> Iterator[tuple[str, str]]:
    """Names and texts of all files we write that are text."""
    for name in names():
        if not name.startswith((GENERATED, VENDORED)):
            try:
                yield name, (ROOT / name).read_text()
            except UnicodeDecodeError:
                continue


def dotted(node: ast.AST) -> str:
    """`a.b.c` for a chain of attributes, else the empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        front = dotted(node.value)
        return f"{front}.{node.attr}" if front else ""
    return ""
