"""Whatever a file holds, it loads or is refused with faults; nothing else ever escapes."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import andon
from tests.unit.policy.policies import faults

REFUNDS = (Path(str(andon.__file__)).parent / "policies" / "refunds.yaml").read_text(encoding="utf-8")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a JSON value."""
    pairs = (
        list(value.items() if isinstance(value, dict) else enumerate(value)) if isinstance(value, dict | list) else []
    )
    return [place for key, inner in pairs for place in ((value, key), *places(inner))]


@given(seed=st.integers(0, 2**32), value=VALUES)
def test_any_value_in_any_place(tmp_path_factory: pytest.TempPathFactory, seed: int, value: Any) -> None:
    policy = copy.deepcopy(yaml.safe_load(REFUNDS))
    container, key = random.Random(seed).choice(places(policy))
    container[key] = value
    for fault in faults(tmp_path_factory.mktemp("any"), p=json.dumps(policy)):
        assert fault.file == "p.yaml"
        assert fault.message


@given(seed=st.integers(0, 2**32), text=st.text(max_size=4))
def test_any_text_in_any_place(tmp_path_factory: pytest.TempPathFactory, seed: int, text: str) -> None:
    at = random.Random(seed).randrange(len(REFUNDS))
    lines = REFUNDS.count("\n") + text.count("\n") + 2
    for fault in faults(tmp_path_factory.mktemp("any"), p=(REFUNDS[:at] + text + REFUNDS[at + 3 :])):
        assert 0 <= fault.line <= lines + text.count("\r") + text.count("\x85") + 2
