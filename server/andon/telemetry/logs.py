"""Structured logs: one line an event, JSON or console, UTC, with the call's request id.

Levels: `error` is a fault of ours, `warning` asks for a look, `info` is a change of the server's own state or a
refused call, `debug` is the rest. A call that is answered writes no line at `info`; the metrics count it.

No line can be forged: what callers sent is escaped, tokens are blotted out, long values are cut.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Final, TextIO, cast

import structlog
from structlog.typing import FilteringBoundLogger, Processor

request_id_var: Final[ContextVar[str]] = ContextVar("andon_request_id", default="")
"""The request id of the call that is being served; empty outside of calls."""

_LONGEST: Final = 4_096
# Our tokens, webhooks' secrets, whatever is signed as a JWT. Behind `bearer`, what looks like a token: eight characters
# or more with a digit, or twenty. Words are left to be read.
_TOKEN: Final = re.compile(
    r"andon_[A-Za-z0-9_-]{20,}|whsec_[A-Za-z0-9+/=_-]{16,}"
    r"|(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?"
    r"|(?i:(?<=bearer ))(?:(?=\S*\d)\S{8,}|\S{20,})"
)
_SECRET_KEYS: Final = frozenset({"token", "lease_token", "authorization", "secret", "password"})
_HIDDEN: Final = "***"
# Control characters, what reorders or hides text on a terminal, line separators, half surrogate pairs.
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_Event = MutableMapping[str, Any]


class _Handler(logging.StreamHandler[TextIO]):
    """Writes what libraries log. A class of its own, so that `configure` finds the one it put there before."""


class _Unfailing:
    """A stream that loses what it can't write: a full disk or a closed pipe must not fail whoever writes a line."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def isatty(self) -> bool:
        return self._out.isatty()

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            self._out.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._out.flush()


def get_logger(name: str) -> FilteringBoundLogger:
    """A logger for a part of the server, such as `andon.rpc`. It may be made before `configure` is called."""
    logger: FilteringBoundLogger = structlog.get_logger(part=name)
    return logger


def configure(log_format: str, level: str, stream: TextIO | None = None) -> None:
    """Decides where lines go (default: standard error) and how they look.

    `log_format` is `console`, `json`, or `auto`: console on a terminal, else JSON. `level` is `debug`, `info`,
    `warning` or `error`. Libraries are heard from `warning` on, since below it some write what callers sent.
    """
    out = _Unfailing(sys.stderr if stream is None else stream)
    terminal = out.isatty()
    console = log_format == "console" or (log_format == "auto" and terminal)
    render = _console(colours=terminal) if console else _json
    number = logging.getLevelNamesMapping()[level.upper()]
    stamp = structlog.processors.TimeStamper("iso", utc=True)
    shared: list[Processor] = [_request_id, structlog.processors.add_log_level, stamp]
    finish: list[Processor] = [structlog.processors.format_exc_info, _clean, render]
    structlog.configure(
        processors=[*shared, *finish],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", out)),
        cache_logger_on_first_use=False,
    )
    _route_libraries(cast("TextIO", out), [*shared, _library], finish, max(number, logging.WARNING))


def _route_libraries(out: TextIO, shared: list[Processor], finish: list[Processor], level: int) -> None:
    handler = _Handler(out)
    handler.setLevel(level)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *finish],
        )
    )
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)


def _request_id(logger: Any, method: str, event: _Event) -> _Event:
    if request_id := request_id_var.get():
        event["request_id"] = request_id
    return event


def _library(logger: Any, method: str, event: _Event) -> _Event:
    event["part"] = event["_record"].name
    return event


def _clean(logger: Any, method: str, event: _Event) -> _Event:
    return {key: _HIDDEN if key in _SECRET_KEYS else _safe(value, key) for key, value in event.items()}


def _safe(value: Any, key: str = "") -> Any:
    """The value without tokens, as JSON types only, and not too long."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): _HIDDEN if name in _SECRET_KEYS else _safe(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_safe(each) for each in value]
    text = _TOKEN.sub(_HIDDEN, str(value))
    return text if len(text) <= _LONGEST or key == "exception" else f"{text[:_LONGEST]}… ({len(text)} characters)"


def _json(logger: Any, method: str, event: _Event) -> str:
    ordered = {key: event.pop(key) for key in ("timestamp", "level", "event") if key in event}
    return json.dumps({**ordered, **event})


def _console(*, colours: bool) -> Callable[[Any, str, _Event], str]:
    render = structlog.dev.ConsoleRenderer(colors=colours, pad_event_to=24, sort_keys=False)

    def show(logger: Any, method: str, event: _Event) -> str:
        trace = event.pop("exception", "")
        shown = {key: _printable(value) for key, value in event.items()}
        lines = "".join(f"\n  | {_printable(line)}" for line in trace.split("\n")) if trace else ""
        return str(render(logger, method, shown)) + lines

    return show


def _printable(value: Any) -> Any:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
    return _UNSAFE.sub(_escaped, text) if isinstance(text, str) else text


def _escaped(match: re.Match[str]) -> str:
    number = ord(match[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
