"""Secrets stay out of what is shown: no object of ours has one in its `repr`, wherever that ends up."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest

import andon
import andon_client
from andon.domain.task import Lease
from andon.rpc.pipeline import Call
from andon.usecases.review import ReviewCommand

SECRET = re.compile(r"(\w+_)?(token|secrets?|password|private|bearer|metadata)")
# A place in a list, and what stands under that name without being secret.
HARMLESS = re.compile(r"(next_)?page_token")


def classes() -> Iterator[tuple[str, Any]]:
    """Every dataclass of the server and of the client."""
    for package in (andon, andon_client):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "._gen" in found.name or found.name.endswith("__main__"):
                continue
            for name, kind in vars(importlib.import_module(found.name)).items():
                if isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind.__module__ == found.name:
                    yield f"{found.name}.{name}", kind


def test_no_secret_is_in_a_repr() -> None:
    shown = [
        f"{name}.{field.name}"
        for name, kind in classes()
        for field in dataclasses.fields(kind)
        if field.repr and field.type in ("str", "str | None", "bytes", "tuple[str, ...]", "Mapping[str, str]")
        if SECRET.fullmatch(field.name) and not HARMLESS.fullmatch(field.name)
    ]
    assert not shown, shown


@pytest.mark.parametrize(
    "thing",
    [
        Call({"authorization": "Bearer hush-hush"}),
        Lease("anna", "hush-hush", 1, 1),
        ReviewCommand("task", "hush-hush", "hash", None),  # type: ignore[arg-type]
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_what_is_secret_is_not_shown(thing: object) -> None:
    assert "hush" not in repr(thing)


def test_a_hold_is_the_holders_by_its_token_alone() -> None:
    lease = Lease("anna", "tök\u2603en", 1, 1)
    assert lease.is_held("anna", "tök\u2603en")
    for name, token in (("ben", "tök\u2603en"), ("anna", "tök\u2603e"), ("anna", ""), ("anna", "tök\u2603en ")):
        assert not lease.is_held(name, token)
