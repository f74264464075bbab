"""SECURITY.md names what is there."""

from __future__ import annotations

import re

import pytest

from andon.domain.principal import Role
from tests.docs.markdown import ROOT, read

SECURITY = read("SECURITY.md")
TESTS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", SECURITY)))


@pytest.mark.parametrize(("file", "name"), TESTS)
def test_every_test_that_is_named_exists(file: str, name: str) -> None:
    assert re.search(rf"def {name or 'test_'}", (ROOT / file).read_text())


def test_all_attacks_and_the_fuzzing_are_named() -> None:
    folders = (ROOT / "tests/attack", ROOT / "tests/fuzz")
    there = {path.relative_to(ROOT).as_posix() for folder in folders for path in folder.glob("test_*.py")}
    assert there <= {file for file, _ in TESTS}


def test_the_threat_model_has_everybody() -> None:
    for role in Role:
        assert f"**{role.value.replace('admin', 'administrator').replace('_', ' ').capitalize()}**" in SECURITY
    told = ("token is stolen", "submitter is malicious", "reviewer is malicious", "collude", "administrator of Andon")
    for words in (*told, "database administrator", "key file", "signing key is stolen", "page's host", "backup"):
        assert words in SECURITY


def test_it_is_found_from_the_readme() -> None:
    assert "(SECURITY.md)" in read("README.md")
