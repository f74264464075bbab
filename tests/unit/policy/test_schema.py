"""The JSON Schema that editors use is the one that policies are checked against."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

import andon
from andon.policy.schema import policy_schema
from andon.policy.shapes import duration

PACKAGE = Path(str(andon.__file__)).parent


def test_the_committed_schema_is_up_to_date() -> None:
    committed = json.loads((PACKAGE / "policy" / "policy.schema.json").read_text(encoding="utf-8"))
    assert committed == policy_schema(), "run: andon policy schema > server/andon/policy/policy.schema.json"


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(policy_schema())


@pytest.mark.parametrize("path", sorted((PACKAGE / "policies").glob("*[!t].yaml")), ids=lambda path: path.name)
def test_the_packaged_policies_fit_it(path: Path) -> None:
    if not path.name.endswith(".test.yaml"):
        Draft202012Validator(policy_schema()).validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_durations() -> None:
    assert [duration(text) for text in ("90s", "15m", "4h", "2d")] == [90e6, 900e6, 14_400e6, 172_800e6]
    for text in ("0s", "", "4", "1.5h", "-1s", "4h ", "1w"):
        with pytest.raises(ValueError, match="not a duration"):
            duration(text)
