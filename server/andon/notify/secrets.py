"""Secrets of the notifications file: written in it, or better in a file or a variable of their own."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from andon.policy.faults import PolicyFault
from andon.policy.source import Path_, Source

PREFIX: Final = "whsec_"
_BYTES: Final = range(24, 65)  # what Standard Webhooks asks for
_LARGEST: Final = 64 * 1024
Answer: TypeAlias = tuple[tuple[str, ...], PolicyFault | None]
"""What was found, or what is wrong. No fault quotes a secret."""


@dataclass(slots=True)
class Secrets:
    """Finds secrets. `files` are those that were read: a change of one is a change of the whole."""

    source: Source
    folder: Path
    environ: Mapping[str, str]
    files: list[Path] = field(default_factory=list)

    def signing(self, path: Path_, entry: Mapping[str, Any]) -> Answer:
        """The secrets a webhook's messages are signed with: one, or several while it is being changed."""
        found, fault = self._words(path, entry, "secret")
        if fault is None and not all(map(_is_secret, found)):
            key = next(key for key in ("secret", "secret_file", "secret_env") if key in entry)
            message = "holds no signing secret"
            return (), self.source.fault((*path, key), message, f"{PREFIX} and 24 to 64 random bytes in base64")
        return found, fault

    def urls(self, path: Path_, entry: Mapping[str, Any]) -> Answer:
        """Where people are: Apprise's URLs, which hold secrets as well."""
        return self._words(path, entry, "urls")

    def _words(self, path: Path_, entry: Mapping[str, Any], key: str) -> Answer:
        given = [name for name in (key, f"{key}_file", f"{key}_env") if name in entry]
        if len(given) != 1:
            message = f"`{key}`, `{key}_file` or `{key}_env` is missing" if not given else "more than one is given"
            return (), self.source.fault((*path, *given[1:2]), message, f"one of {key}, {key}_file, {key}_env")
        (name,) = given
        words, why = self._read(name.removeprefix(key), entry[name])
        if not words and not why:
            why = "holds nothing"
        return tuple(words), self.source.fault((*path, name), why) if why else None

    def _read(self, kind: str, value: Any) -> tuple[list[str], str]:
        if kind == "_env":
            text = self.environ.get(str(value))
            return (text.split(), "") if text is not None else ([], f"the variable {value} is not set")
        if kind == "_file":
            return self._from_file(self.folder / str(value))
        words = value if isinstance(value, list) else [value]
        return (
            ([], "must be a text or a list of texts")
            if not all(isinstance(word, str) for word in words)
            else (words, "")
        )

    def _from_file(self, path: Path) -> tuple[list[str], str]:
        self.files.append(path)
        try:
            with path.open("rb") as stream:
                return stream.read(_LARGEST).decode().split(), ""
        except OSError as error:
            return [], f"{path} can't be read: {error.strerror}"
        except UnicodeDecodeError:
            return [], f"{path} is not UTF-8"


def _is_secret(word: str) -> bool:
    try:
        key = base64.b64decode(word.removeprefix(PREFIX) + "==", validate=False)
    except (binascii.Error, ValueError):
        return False
    return word.startswith(PREFIX) and len(key) in _BYTES
