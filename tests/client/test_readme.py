"""What the client's README shows is there and is called so."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from pathlib import Path

import pytest

import andon_client
from andon_client import Client, Reviewer, SyncClient

README = (Path(__file__).parents[2] / "clients/python/README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_is_python(block: str) -> None:
    ast.parse("async def example():\n" + textwrap.indent(block, "    "))


def test_everything_named_is_exported() -> None:
    imported = re.findall(r"from andon_client import (.*)", README)
    names = {name.strip() for line in imported for name in line.split(",")} | {"current_decision", "require_passed"}
    assert names <= set(andon_client.__all__)
    assert all(hasattr(andon_client, name) for name in andon_client.__all__)


def test_every_method_is_documented_and_blocking_too() -> None:
    for name, method in inspect.getmembers(Client, inspect.isfunction):
        if not name.startswith("_"):
            assert name in README, name
            assert inspect.getdoc(method), name
            assert name == "reviewer" or hasattr(SyncClient, name), name
    assert {"stream", "watch"} <= {name for name, _ in inspect.getmembers(Reviewer)}
