"""Corrections in the user's own editor, and what breaks the task's schema."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry
from referencing.exceptions import Unresolvable

from andon_client._json import NotJson, to_struct
from andon_client.cli.text import json_text
from andon_client.masked import holds_mask, is_masked

_OF_ALL: Final = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "const", "enum", "contains", "uniqueItems"})
"""Keywords whose answer for a list or an object hangs on the values in it."""
_NOTHING: Final[Registry[Any]] = Registry()


class EditFault(Exception):
    """What was written can't be used; the message says why. `text` is what was written, to go on with."""

    def __init__(self, message: str, text: str) -> None:
        super().__init__(message)
        self.text = text


async def edit(text: str) -> str:
    """What VISUAL or EDITOR makes of a text, in a file that only its owner can read. Raises EditFault."""
    async with _file(text) as path:
        await _run_editor(path, text)
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise EditFault(str(error), text) from None


def as_text(value: Mapping[str, Any]) -> str:
    """A JSON object as it is edited. What would steer a terminal is escaped."""
    return json_text(value, indent=2) + "\n"


def from_text(text: str) -> dict[str, Any]:
    """The JSON object that was written. Raises EditFault where it is none."""
    try:
        value = json.loads(text)
        to_struct(value, "correction")
    except (json.JSONDecodeError, NotJson) as error:
        raise EditFault(str(error), text) from None
    except RecursionError:
        raise EditFault("nested too deeply", text) from None
    return dict(value)


def schema_faults(
    schema: Mapping[str, Any] | None, value: Mapping[str, Any], kept: Sequence[str] = ()
) -> dict[str, str]:
    """What breaks the schema, by path. Empty for a schema that can't be read here: the server checks too.

    What hangs on a value that is `kept` from the reviewer is no fault here.
    """
    if not schema:
        return {}
    try:
        validator = Draft202012Validator(schema, registry=_NOTHING)
        errors = sorted(validator.iter_errors(value), key=lambda error: error.json_path)
    except Unresolvable:
        return {}
    told = {error: error.json_path.removeprefix("$").lstrip(".") for error in errors}
    return {path: error.message for error, path in told.items() if not _hangs_on_mask(error, path, kept)}


def _hangs_on_mask(error: ValidationError, path: str, kept: Sequence[str]) -> bool:
    """Whether it would be another with the values that are masked: it is about one, or about what several say."""
    if not kept or not holds_mask(error.instance):
        return False
    whole = f"prediction.{path}" if path and not path.startswith("[") else f"prediction{path}"
    if isinstance(error.instance, str):
        return is_masked(whole, error.instance, kept)
    return error.validator in _OF_ALL


@asynccontextmanager
async def _file(text: str) -> AsyncGenerator[Path, None]:
    with tempfile.TemporaryDirectory(prefix="andon-") as folder:
        path = Path(folder) / "correction.json"
        path.write_text(text, encoding="utf-8")
        yield path


async def _run_editor(path: Path, text: str) -> None:
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or _usual_editor()
    if not command:
        raise EditFault("no editor found; set EDITOR", text)
    try:
        process = await asyncio.create_subprocess_exec(*shlex.split(command), str(path))
    except (OSError, ValueError) as error:
        raise EditFault(f"{command}: {error}", text) from None
    if code := await process.wait():
        raise EditFault(f"{command} ended with code {code}", text)


def _usual_editor() -> str:
    return next((name for name in ("sensible-editor", "editor", "nano", "vi") if shutil.which(name)), "")
