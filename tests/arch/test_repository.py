"""What holds for the files themselves: nothing unfinished, nothing of one machine, pins that are pins."""

from __future__ import annotations

import re
import tomllib
from pathlib import PurePosixPath
from typing import Any, Final

import pytest

from tests.arch import sources

PIN: Final = re.compile(r"[a-z0-9][a-z0-9-]*==[0-9][0-9a-z.]*")
# In pieces, so that this file passes its own test.
UNFINISHED: Final = re.compile(
    r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX", "NotImplemented" + "Error"]) + r")\b"
)
ONE_MACHINE: Final = re.compile(r"(?<![\w.:/{}<>*-])/(root|home|work|Users)/\w|(?<![\w.:/{}<>*-])/tm" + r"p/\w")
REGISTRY: Final = re.compile(
    r"pypi\.(org|python)|pythonhosted|--(extra-)?index-u" + r"rl|--find-l" + r"inks|registry\.npm|npmjs\.(com|org)"
    r"|proxy\.golang|sum\.golang|repo1?\.maven"
)
PROTO_OPTIONS: Final = ("go_package", "java_multiple_files", "java_package")


def lines(pattern: re.Pattern[str]) -> list[str]:
    """Places in our files where `pattern` is found."""
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in sources.texts()
        for number, line in enumerate(text.splitlines(), 1)
        if name != "tests/arch/test_repository.py" and pattern.search(line)
    ]


def project(path: str) -> Any:
    """A pyproject file."""
    return tomllib.loads((sources.ROOT / path).read_text())


def pins() -> list[str]:
    """Every line of every pins file."""
    found = sorted((sources.ROOT / "requirements").glob("*.txt"))
    return [line for path in found for line in path.read_text().splitlines()]


def plain(requirement: str) -> str:
    """The normal form of a requirement's name."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


def test_nothing_is_left_unfinished() -> None:
    assert not lines(UNFINISHED)


def test_no_file_names_a_place_on_one_machine() -> None:
    assert not lines(ONE_MACHINE)


def test_no_file_names_a_package_registry() -> None:
    assert not lines(REGISTRY)


@pytest.mark.parametrize("text", ["see /ro" + "ot/notes", "open('/ho" + "me/me/x')", "PATH=/us" + "r/bin"])
def test_places_are_told_apart(text: str) -> None:
    assert bool(ONE_MACHINE.search(text)) is ("/usr" not in text)


def test_each_pin_is_a_name_and_a_version() -> None:
    assert pins()
    assert not [line for line in pins() if not PIN.fullmatch(line)]


def test_nothing_is_pinned_twice() -> None:
    names = [line.split("==")[0] for line in pins()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", ["pyproject.toml", "clients/python/pyproject.toml"])
def test_everything_asked_for_is_pinned(path: str) -> None:
    asked = project(path)
    wanted = [*asked["project"]["dependencies"], *asked["build-system"]["requires"]]
    for extra in asked["project"].get("optional-dependencies", {}).values():
        wanted += extra
    for group in asked.get("dependency-groups", {}).values():
        wanted += group
    names = {line.split("==")[0] for line in pins()} | {"andon", "andon-client"}
    assert {plain(each) for each in wanted} <= names


def test_server_and_client_have_one_version() -> None:
    server, client = project("pyproject.toml")["project"], project("clients/python/pyproject.toml")["project"]
    assert server["version"] == client["version"]
    assert f"andon-client[review]=={server['version']}" in server["dependencies"]


def test_every_contract_file_has_the_same_options() -> None:
    files = sorted((sources.ROOT / "proto/andon").rglob("*.proto"))
    found = {tuple(re.findall(rf"^option ({'|'.join(PROTO_OPTIONS)}) = (.*);", it.read_text(), re.M)) for it in files}
    assert len(found) == 1
    assert [name for name, _ in found.pop()] == list(PROTO_OPTIONS)


def test_vendored_files_are_named_in_the_notice() -> None:
    notice = (sources.ROOT / "NOTICE").read_text()
    vendored = [name for name in sources.names() if name.startswith(sources.VENDORED)]
    assert vendored
    assert not [name for name in vendored if name not in notice]


def test_links_between_documents_lead_somewhere() -> None:
    faults = []
    for name, text in sources.texts():
        for target in re.findall(r"\]\(([^)#\s]+)", text) if name.endswith(".md") else ():
            if "://" not in target and not (sources.ROOT / PurePosixPath(name).parent / target).exists():
                faults.append(f"{name}: {target}")
    assert not faults
