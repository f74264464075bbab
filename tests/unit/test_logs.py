"""Logs: one line an event, nothing forged, no token, the request id in each."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from andon.telemetry.logs import configure, get_logger, request_id_var

TOKEN = "andon_" + "aB3-_" * 8 + "xyz"
FORGED = "x\n2026-01-01T00:00:00Z [error    ] forged\r\x1b[31m\x9b1m\u202e\u2028end"


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Leaves no configuration behind."""
    root = logging.getLogger()
    before = list(root.handlers)
    yield
    structlog.reset_defaults()
    root.handlers[:] = before


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


def line(log_format: str, event: str = "refused", **values: Any) -> str:
    """What one event writes."""
    out = io.StringIO()
    configure(log_format, "debug", out)
    get_logger("andon.test").info(event, **values)
    return out.getvalue()


def entry(**values: Any) -> dict[str, Any]:
    """One event as JSON."""
    found: dict[str, Any] = json.loads(line("json", **values))
    return found


def test_an_event_is_one_json_object_with_time_level_and_part() -> None:
    found = entry(method="Submit", count=3, share=0.5, ok=True, none=None, names=("a", "b"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", found.pop("timestamp"))
    assert found == {
        **{"level": "info", "event": "refused", "part": "andon.test", "method": "Submit", "count": 3},
        **{"share": 0.5, "ok": True, "none": None, "names": ["a", "b"]},
    }


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_the_request_id_is_in_every_line_of_a_call(log_format: str) -> None:
    token = request_id_var.set("req-1")
    try:
        inside = line(log_format)
    finally:
        request_id_var.reset(token)
    assert "req-1" in inside
    assert "request_id" not in line(log_format)


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_what_callers_send_can_not_forge_a_line(log_format: str) -> None:
    for values in ({"why": FORGED}, {"why": [FORGED]}, {"why": {FORGED: FORGED}}, {"event": FORGED}):
        text = line(log_format, **values)
        assert text.endswith("\n")
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u202e]", text[:-1])


@given(st.text())
def test_a_console_line_is_one_line_of_printable_text(text: str) -> None:
    written = line("console", why=text)
    assert len(written.splitlines()) == 1
    written.encode("utf-8")


@given(st.text())
def test_a_json_line_gives_the_text_back(text: str) -> None:
    if "andon_" not in text and "earer" not in text.lower():
        assert entry(why=text)["why"] == text


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_an_error_can_not_forge_a_line_either(log_format: str) -> None:
    out = io.StringIO()
    configure(log_format, "info", out)
    try:
        raise ValueError(f"{FORGED} {TOKEN}")
    except ValueError:
        get_logger("andon.test").exception("failed")
    first, *rest = out.getvalue().removesuffix("\n").split("\n")
    assert "failed" in first
    assert all(each.startswith("  | ") for each in rest)
    assert "Traceback" in out.getvalue()
    assert TOKEN not in out.getvalue()
    assert "\x1b" not in out.getvalue()


@pytest.mark.parametrize("log_format", ["json", "console"])
@pytest.mark.parametrize(
    "values",
    [
        {"why": f"with {TOKEN}"},
        {"header": "Bearer something1"},
        {"header": "authorization: bearer somethingwithoutanydigit"},
        {"token": "something"},
        {"lease_token": "something"},
        {"metadata": {"authorization": "something"}},
        {"event": f"got {TOKEN}"},
        {"event": "Bearer something.4f.x2"},
        {"why": f"not eyJhbGciOiJub25lIn0.{'something'}.{'something'}"},
        {"why": "eyJhbGciOiJub25lIn0.something"},
        {"why": "whsec_somethingsomething"},
    ],
)
def test_tokens_never_appear(log_format: str, values: dict[str, Any]) -> None:
    text = line(log_format, **values)
    assert "***" in text
    assert TOKEN not in text
    assert "something" not in text


def test_long_values_are_cut() -> None:
    assert entry(why="x" * 10_000)["why"] == "x" * 4_096 + "… (10000 characters)"


def test_lines_below_the_level_are_not_written() -> None:
    out = io.StringIO()
    configure("json", "warning", out)
    log = get_logger("andon.test")
    log.info("small")
    log.warning("large")
    assert [json.loads(each)["event"] for each in out.getvalue().splitlines()] == ["large"]


def test_auto_is_console_on_a_terminal_alone() -> None:
    out = Terminal()
    configure("auto", "info", out)
    get_logger("andon.test").info("hello")
    assert "\x1b[" in out.getvalue()
    assert line("auto").startswith("{")


def test_libraries_are_heard_from_warning_on_and_once() -> None:
    out = io.StringIO()
    configure("json", "debug", io.StringIO())
    configure("json", "debug", out)
    library = logging.getLogger("library")
    library.setLevel(logging.DEBUG)
    library.info("not for us")
    library.warning("broken %s", TOKEN)
    (found,) = map(json.loads, out.getvalue().splitlines())
    assert (found["level"], found["event"], found["part"]) == ("warning", "broken ***", "library")


def test_a_logger_may_be_made_before_it_is_decided_where_lines_go() -> None:
    log, out = get_logger("andon.early"), io.StringIO()
    configure("json", "info", out)
    log.info("late")
    assert json.loads(out.getvalue())["part"] == "andon.early"


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_words_about_tokens_stay_readable(log_format: str) -> None:
    text = line(log_format, why="carries no bearer token; send authorization: Bearer TOKEN")
    assert "carries no bearer token; send authorization: Bearer TOKEN" in text
