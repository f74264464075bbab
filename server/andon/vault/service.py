"""Where the key comes from that encrypts the store's own: the environment, or whatever a command can ask."""

from __future__ import annotations

import asyncio
import base64
import binascii
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from andon.store.sealing import VaultClosed

KEY_BYTES: Final = 32
_PATIENCE: Final = 30.0
_LONGEST: Final = 64 * 1024
_TOLD: Final = 200
_KEPT_BACK: Final = frozenset({"ANDON_ENCRYPTION_KEY", "ANDON_ENCRYPTION_KEY_NEW"})


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
    """A command that is run with `wrap` or `unwrap` as its last word: base64 comes in and goes out, one line each.

    It has the server's environment but for keys, and so many seconds; then it is killed with all that it has started.
    """

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
        given = base64.b64encode(given) + b"\n"
        environment = {name: value for name, value in os.environ.items() if name not in _KEPT_BACK}
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, word, stdin=-1, stdout=-1, stderr=-1, start_new_session=True, env=environment
            )
        except (OSError, ValueError) as error:
            raise VaultClosed(f"{name} can't be run: {error}") from None
        try:
            async with asyncio.timeout(self._patience):
                out, told = await _talk(process, given)
        except TimeoutError:
            raise VaultClosed(f"{name} did not answer within {self._patience:g} s") from None
        finally:
            await _end(process)
        if len(out) > _LONGEST:
            raise VaultClosed(f"{name} answered more than {_LONGEST} bytes")
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


async def _talk(process: asyncio.subprocess.Process, given: bytes) -> tuple[bytes, bytes]:
    """What a command answers, of which no more is read where it is too long, and the end of what it complains of."""
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    telling = asyncio.create_task(_tell(process.stdin, given))
    complaints = asyncio.create_task(_end_of(process.stderr))
    try:
        out = await _beginning_of(process.stdout)
        if len(out) > _LONGEST:
            return out, b""
        told = await complaints
        await process.wait()
    finally:
        for task in (telling, complaints):
            task.cancel()
        await asyncio.gather(telling, complaints, return_exceptions=True)
    return out, told


async def _tell(stream: asyncio.StreamWriter, given: bytes) -> None:
    """A command need not listen."""
    with suppress(BrokenPipeError, ConnectionResetError):
        stream.write(given)
        await stream.drain()
        stream.close()
        await stream.wait_closed()


async def _beginning_of(stream: asyncio.StreamReader) -> bytes:
    found = b""
    while len(found) <= _LONGEST and (more := await stream.read(_LONGEST)):
        found += more
    return found


async def _end_of(stream: asyncio.StreamReader) -> bytes:
    found = b""
    while more := await stream.read(_LONGEST):
        found = (found + more)[-_LONGEST:]
    return found


async def _end(process: asyncio.subprocess.Process) -> None:
    """A command goes with all it has started and left behind."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    # Its pipes are let go of: `wait` would wait for one that is not read any more, or that somebody else still holds.
    process._transport.close()  # type: ignore[attr-defined]
    await asyncio.shield(process.wait())


def _decoded(name: str, out: bytes) -> bytes:
    try:
        answer = base64.b64decode(b"".join(out.split()), validate=True)
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
