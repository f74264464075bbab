"""Corrections: edit JSON in the user's editor, show the difference, check it against the schema."""

from __future__ import annotations

import asyncio
import difflib
import json
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from andon_client._json import NotJson, to_struct
from andon_client.cli.text import clean, json_text, style

_COLOURS: Final = {"+": "green", "-": "red", "@": "cyan"}


class EditFault(Exception):
    """What was written can't be used; the message says why."""


class Draft:
    """A correction while it is edited, in a file that only its owner can read. Use as a context manager."""

    def __init__(self, prediction: Mapping[str, Any]) -> None:
        self._original = dict(prediction)
        self._path = Path()

    @contextmanager
    def file(self) -> Iterator[Path]:
        """The file to edit; it is removed at the end."""
        with tempfile.TemporaryDirectory(prefix="andon-") as folder:
            self._path = Path(folder) / "correction.json"
            self._path.write_text(json.dumps(self._original, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            yield self._path

    def read(self) -> dict[str, Any]:
        """What was written. Raises EditFault where it is no JSON object."""
        try:
            value = json.loads(self._path.read_text(encoding="utf-8"))
            to_struct(value, "correction")
        except (OSError, UnicodeDecodeError, json.JSONDecodeError, NotJson) as error:
            raise EditFault(str(error)) from None
        return dict(value)


async def run_editor(path: Path) -> None:
    """Runs VISUAL or EDITOR on a file. Raises EditFault where there is none or it fails."""
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or _usual_editor()
    if not command:
        raise EditFault("no editor found; set EDITOR")
    try:
        process = await asyncio.create_subprocess_exec(*shlex.split(command), str(path))
    except (OSError, ValueError) as error:
        raise EditFault(f"{command}: {error}") from None
    code = await process.wait()
    if code:
        raise EditFault(f"{command} ended with code {code}")


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The lines that differ, as a unified diff; empty for equal objects."""
    old, new = (json_text(_sorted(value), indent=2).splitlines() for value in (before, after))
    lines = list(difflib.unified_diff(old, new, "proposed", "corrected", lineterm="", n=2))
    return [style(line, *([_COLOURS[line[0]]] if line[0] in _COLOURS else [])) for line in lines]


def schema_faults(schema: Mapping[str, Any] | None, value: Mapping[str, Any]) -> list[str]:
    """What breaks the schema, one line each. Empty also where `jsonschema` is not installed: the server checks too."""
    if not schema:
        return []
    try:
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - optional: the extra `cli` brings it
    except ImportError:
        return []
    errors = sorted(Draft202012Validator(schema).iter_errors(value), key=lambda error: error.json_path)
    return [clean(f"{error.json_path.removeprefix('$').lstrip('.') or 'value'}: {error.message}") for error in errors]


def _usual_editor() -> str:
    return next((name for name in ("sensible-editor", "editor", "nano", "vi") if shutil.which(name)), "")


def _sorted(value: Any) -> Any:
    return json.loads(json.dumps(value, sort_keys=True))
