"""Where the key comes from that encrypts the store's own: the environment, or whatever a command can ask."""

from __future__ import annotations

import asyncio
import base64
import binascii
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from andon.store.sealing import VaultClosed

KEY_BYTES: Final = 32
_PATIENCE: Final = 30.0
_LONGEST: Final = 64 * 1024
_TOLD: Final = 200


class KeyService(Protocol):
    """What encrypts the store's key. It is asked once at each start, and twice at the first."""

    async def wrap(self, key: bytes) -> bytes:
        """The key, encrypted. VaultClosed."""
        ...

    async def unwrap(self, wrapped: bytes) -> bytes:
        """The reverse. VaultClosed, also where another key encrypted it."""
        ...


class EnvironmentKey:
    """A key of 32 bytes that the server is given at its start (AES key wrap, RFC 3394)."""

    def __init__(self, key: bytes) -> None:
        """VaultClosed where the key has not 32 bytes."""
        if len(key) != KEY_BYTES:
            raise VaultClosed(f"encryption_key holds {len(key)} bytes; it takes {KEY_BYTES}, as base64")
        self._key: Final = key

    async def wrap(self, key: bytes) -> bytes:
        return aes_key_wrap(self._key, key)

    async def unwrap(self, wrapped: bytes) -> bytes:
        try:
            return aes_key_unwrap(self._key, wrapped)
        except (InvalidUnwrap, ValueError):
            raise VaultClosed("encryption_key is not the key that this store was encrypted with") from None


class CommandKey:
    """A command that is run with `wrap` or `unwrap` as its last word: base64 comes in and goes out, one line each."""

    def __init__(self, command: Sequence[str], patience: float = _PATIENCE) -> None:
        """`patience` is what one run may take, in seconds."""
        self._command: Final = tuple(command)
        self._patience: Final = patience

    async def wrap(self, key: bytes) -> bytes:
        wrapped = await self._run("wrap", key)
        if key in wrapped:
            raise VaultClosed("encryption_key_command wrap gave the key back as it was: it encrypts nothing")
        return wrapped

    async def unwrap(self, wrapped: bytes) -> bytes:
        return await self._run("unwrap", wrapped)

    async def _run(self, word: str, given: bytes) -> bytes:
        name = f"encryption_key_command {word}"
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, word, stdin=-1, stdout=-1, stderr=-1, start_new_session=True
            )
        except (OSError, ValueError) as error:
            raise VaultClosed(f"{name} can't be run: {error}") from None
        try:
            async with asyncio.timeout(self._patience):
                out, told = await process.communicate(base64.b64encode(given) + b"\n")
        except TimeoutError:
            raise VaultClosed(f"{name} did not answer within {self._patience:g} s") from None
        finally:
            await _end(process)
        if process.returncode != 0:
            raise VaultClosed(f"{name} failed with exit code {process.returncode}{_said(told)}")
        return _decoded(name, out)


def key_of_text(text: str) -> bytes:
    """A key as it is written: base64, of either alphabet, of 32 bytes. VaultClosed, whose words do not hold it."""
    try:
        return base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        raise VaultClosed(f"encryption_key is not base64 of {KEY_BYTES} bytes") from None


def key_of_file(path: Path) -> bytes:
    """The same from a file. VaultClosed."""
    try:
        return key_of_text(path.read_text("ascii"))
    except OSError as error:
        raise VaultClosed(f"encryption_key_file {path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise VaultClosed(f"encryption_key_file {path} is not base64 of {KEY_BYTES} bytes") from None


async def _end(process: asyncio.subprocess.Process) -> None:
    """A command that hangs goes with all it has started."""
    if process.returncode is None:
        try:
            os.killpg(process.pid, 9)
        except ProcessLookupError:
            return
        finally:
            await process.wait()


def _decoded(name: str, out: bytes) -> bytes:
    try:
        answer = base64.b64decode(b"".join(out.split()), validate=True) if len(out) <= _LONGEST else b""
    except (binascii.Error, ValueError):
        answer = b""
    if not answer:
        raise VaultClosed(f"{name} answered what is not base64")
    return answer


def _said(told: bytes) -> str:
    """The last line of what a command complained of, without what a terminal would obey."""
    lines = told.decode("utf-8", "replace").strip().splitlines()
    line = "".join(character for character in (lines[-1] if lines else "")[:_TOLD] if character.isprintable())
    return f": {line}" if line else ""
