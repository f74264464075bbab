"""Reads a YAML file into JSON values, and knows the place of every one of them.

Only what JSON has can be written: no tags, no anchors and aliases (an alias bomb is a few bytes long), no second
document. A word such as `yes` is a string, as in YAML 1.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

from andon.domain.canonical import Json
from andon.policy.faults import PolicyFault, PolicyFaults

Path_: TypeAlias = tuple[str | int, ...]

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 32
MAX_VALUES: Final = 20_000
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS: Final[dict[str, Json]] = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER: Final = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_REAL: Final = re.compile(r"[-+]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][-+]?[0-9]{1,3})?")
_ESCAPE: Final = re.compile(r"\\(x..|u.{4}|U.{8}|\r\n|.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands. `line` and `column` count from 1; `start` and `end` are offsets into the text."""

    line: int
    column: int
    start: int
    end: int
    style: str = ""


@dataclass(slots=True)
class Source:
    """One file: its JSON value, and the place of every value and key in it."""

    file: str
    text: str
    data: Json = None
    values: dict[Path_, Place] = field(default_factory=dict)
    keys: dict[Path_, Place] = field(default_factory=dict)

    def fault(self, path: Path_, message: str, advice: str = "", *, key: bool = False) -> PolicyFault:
        """A fault at a value, or at its key; at the nearest value around it where the path itself does not exist."""
        places = self.keys if key else self.values
        while path and path not in places:
            path, places = path[:-1], self.values
        place = places.get(path, Place(1, 1, 0, 0))
        return PolicyFault(self.file, place.line, place.column, message, advice)

    def within(self, path: Path_, line: int, column: int, message: str, advice: str = "") -> PolicyFault:
        """A fault inside a string: `line` and `column` (from 1) of the string's value, mapped into the file."""
        offset = self._offset(path, line, column)
        before = self.text[:offset]
        start = max(before.rfind("\n"), before.rfind("\r")) + 1
        lines = before.count("\n") or before.count("\r")
        return PolicyFault(self.file, lines + 1, offset - start + 1, message, advice)

    def _offset(self, path: Path_, line: int, column: int) -> int:
        value = self._string(path)
        target = sum(len(row) + 1 for row in value.split("\n")[: line - 1]) + column - 1
        place = self.values[path]
        return _aligned(self.text[place.start : place.end], value, max(0, target), place.style) + place.start

    def _string(self, path: Path_) -> str:
        value: Any = self.data
        for step in path:
            value = value[step]
        return value if isinstance(value, str) else ""


def read_source(path: Path, name: str) -> Source:
    """Reads one file. Raises PolicyFaults where it can't be read or is not YAML; `name` is what faults call it."""
    try:
        if not path.is_file():
            raise _whole(name, "is not a regular file")
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise _whole(name, f"can't be read: {error.strerror or error}", "make it readable for the server") from None
    if len(content) > MAX_BYTES:
        raise _whole(name, f"is larger than {MAX_BYTES // 1024} KiB", "split it into several policies")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise PolicyFaults([PolicyFault(name, line, column, "is not UTF-8", "save it as UTF-8")]) from None
    return compose(text, name)


def compose(text: str, name: str) -> Source:
    """Parses YAML. Raises PolicyFaults."""
    source = Source(name, text)
    try:
        _Composer(source).run()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        message = f"is not YAML: {error.problem or error.context}"
        raise PolicyFaults([PolicyFault(name, *place, message, _yaml_advice(error.problem or ""))]) from None
    except yaml.YAMLError as error:
        raise _whole(name, f"is not YAML: {getattr(error, 'reason', error)}") from None
    return source


class _Composer:
    """Builds the value from the parser's events, so that nothing hostile is ever built."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._faults: list[PolicyFault] = []

    def run(self) -> None:
        events: Iterator[Any] = yaml.parse(self._source.text, Loader=_LOADER)
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._refuse(event, "holds a second document", "put each policy into a file of its own")
            elif isinstance(event, yaml.NodeEvent):
                self._source.data = self._value(event, events, ())
        if self._faults:
            raise PolicyFaults(self._faults)

    def _value(self, event: Any, events: Iterator[Any], path: Path_) -> Json:
        self._guard(event, path)
        self._source.values[path] = _place(event)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path)
        return _scalar(event.value) if event.implicit[0] else str(event.value)

    def _guard(self, event: Any, path: Path_) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise self._refuse(event, "anchors and aliases are not allowed", "write the value out")
        if event.tag and event.tag != "!":
            raise self._refuse(event, "tags are not allowed", "write the plain value")
        if len(path) > MAX_DEPTH:
            raise self._refuse(event, f"is nested deeper than {MAX_DEPTH} levels")
        if len(self._source.values) > MAX_VALUES:
            raise self._refuse(event, f"holds more than {MAX_VALUES} values")

    def _mapping(self, events: Iterator[Any], path: Path_) -> Json:
        result: dict[str, Json] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent) or event.anchor or event.tag:
                raise self._refuse(event, "a key must be a plain word")
            key = event.value
            if key in result:
                message = f"`{key}` is written twice; first in line {self._source.keys[*path, key].line}"
                self._faults.append(self._fault(event, message, "keep one of them"))
            self._source.keys[*path, key] = _place(event)
            result[key] = self._value(next(events), events, (*path, key))
        return result

    def _sequence(self, events: Iterator[Any], path: Path_) -> Json:
        result: list[Json] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            result.append(self._value(event, events, (*path, len(result))))
        return result

    def _fault(self, event: Any, message: str, advice: str = "") -> PolicyFault:
        mark = event.start_mark
        return PolicyFault(self._source.file, mark.line + 1, mark.column + 1, message, advice)

    def _refuse(self, event: Any, message: str, advice: str = "") -> PolicyFaults:
        return PolicyFaults([*self._faults, self._fault(event, message, advice)])


def _place(event: Any) -> Place:
    start, end = event.start_mark, event.end_mark
    return Place(start.line + 1, start.column + 1, start.index, end.index, getattr(event, "style", "") or "")


def _scalar(text: str) -> Json:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _REAL.fullmatch(text) else text


def _aligned(raw: str, value: str, target: int, style: str) -> int:
    """Where character `target` of a scalar's value stands in its source text, whatever its style and folding."""
    at = raw.find("\n") + 1 if style in ("|", ">") and "\n" in raw else 1 if style in ('"', "'") else 0
    for character in value[:target]:
        if not character.isspace():
            at = _skip_space(raw, at, style)
            at += _width(raw, at, style)
    return _skip_space(raw, at, style) if target < len(value) and not value[target].isspace() else at


def _skip_space(raw: str, at: int, style: str) -> int:
    while at < len(raw):
        if raw[at].isspace():
            at += 1
        elif style == '"' and raw.startswith(("\\\n", "\\n", "\\t", "\\r"), at):
            at += 2
        else:
            break
    return at


def _width(raw: str, at: int, style: str) -> int:
    if style == '"' and (match := _ESCAPE.match(raw, at)):
        return match.end() - at
    return 2 if style == "'" and raw.startswith("''", at) else 1


def _yaml_advice(problem: str) -> str:
    if "tab" in problem or "cannot start any token" in problem:
        return "indent with spaces; put a value that begins with a special character into quotes"
    if "mapping values are not allowed" in problem:
        return "put a value that contains `: ` into quotes"
    return ""


def _whole(name: str, message: str, advice: str = "") -> PolicyFaults:
    return PolicyFaults([PolicyFault(name, 0, 0, message, advice)])
