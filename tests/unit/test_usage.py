"""The command line itself: versions, and flags that nobody knows."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import andon
import andon_client
from andon.__main__ import main
from andon_client.cli import main as client_main

ROOT = Path(__file__).parents[2]
Main = Callable[[Sequence[str]], int]
Output = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("run", "said"),
    [(main, f"andon {andon.__version__}\n"), (client_main, f"andon-client {andon_client.__version__}\n")],
)
def test_the_version_is_told(run: Main, said: str, capsys: Output) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == said


@pytest.mark.parametrize(
    ("file", "version"),
    [("pyproject.toml", andon.__version__), ("clients/python/pyproject.toml", andon_client.__version__)],
)
def test_the_version_is_that_of_the_distribution(file: str, version: str) -> None:
    assert tomllib.loads((ROOT / file).read_text("utf-8"))["project"]["version"] == version


@pytest.mark.parametrize(
    ("run", "arguments", "said"),
    [
        (main, ["serve", "--listn", "x"], "andon: unknown flag --listn; did you mean --listen?"),
        (main, ["serve", "--max_wait=5s"], "andon: unknown flag --max_wait; did you mean --max-wait?"),
        (main, ["config", "--zzzzzz"], "andon: unknown flag --zzzzzz; see andon config --help"),
        (main, ["serve", "now"], "andon: unexpected argument 'now'; see andon serve --help"),
        (main, ["policy", "check", ".", "--hlep"], "andon: unknown flag --hlep; did you mean --help?"),
        (main, ["submit", "--actoin", "x"], "andon: unknown flag --actoin; did you mean --action?"),
        (client_main, ["submit", "--actoin", "x"], "andon-client: unknown flag --actoin; did you mean --action?"),
        (client_main, ["tail", "--\x1b[1m"], "andon-client: unknown flag --\\x1b[1m; see andon-client tail --help"),
    ],
)
def test_an_unknown_flag_is_one_line_with_the_one_that_was_meant(
    run: Main, arguments: list[str], said: str, capsys: Output
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"{said}\n"
