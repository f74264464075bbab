"""The file of signing keys. It holds private keys, so only its owner may read it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from andon.domain.canonical import JsonObject
from andon.files import durable, stamp
from andon.keys.ring import KeyRing, read, render


class KeyFileError(ValueError):
    """The file of signing keys can't be used. Says why, and quotes no key."""


class KeyFile:
    """The keys in force: a `Signer`. A change on disk that is broken leaves the last good ones in force.

    `fault` says why what is on disk is not in force; empty where it is.
    """

    def __init__(self, path: Path) -> None:
        self.path: Final = path
        self._stamp = stamp(path)
        self.current = load(path)
        self.fault = ""
        self.warnings: tuple[str, ...] = ()

    def sign(self, message: bytes) -> tuple[str, bytes]:
        """Signs with the newest active key."""
        return self.current.sign(message)

    def jwks(self) -> JsonObject:
        """The keys that are not revoked."""
        return self.current.jwks()

    def revoked_keys(self) -> Sequence[bytes]:
        """The public parts of those that are."""
        return self.current.revoked_keys()

    def step(self) -> bool:
        """Reads the file again if it has changed since the last look; True where it had, for better or worse."""
        now = stamp(self.path)
        if now == self._stamp:
            return False
        self._stamp = now
        try:
            self.current, self.fault = load(self.path), ""
        except KeyFileError as error:
            self.fault = str(error)
        return True


def load(path: Path) -> KeyRing:
    """Reads the keys. Raises KeyFileError, naming the file; also where others than its owner may read or write it."""
    try:
        with path.open(encoding="utf-8") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise KeyFileError(f"signing keys {path}: others may read or write it\n  instead: chmod 600 {path}")
            return read(json.load(stream))
    except FileNotFoundError:
        how = f"andon keys rotate --signing-keys {path}"
        raise KeyFileError(f"signing keys {path}: no such file\n  make it: {how}") from None
    except OSError as error:
        raise KeyFileError(f"signing keys {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise KeyFileError(f"signing keys {path}: is no JSON") from None
    except json.JSONDecodeError as error:
        raise KeyFileError(f"signing keys {path}: is no JSON, line {error.lineno}") from None
    except KeyFileError:
        raise
    except ValueError as error:
        raise KeyFileError(f"signing keys {path}: {error}") from None


def create(path: Path, now: int) -> KeyRing:
    """Writes a file with one new key, with mode 0600, all or nothing.

    Raises FileExistsError where the file exists; it is never overwritten. Raises KeyFileError, naming the file, where
    it can't be made.
    """
    ring = KeyRing.fresh(now)
    try:
        with durable(path, render(ring)) as temporary:
            os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError as error:
        raise _unmade(path, error) from None
    return ring


def change(path: Path, changed: Callable[[KeyRing], KeyRing]) -> KeyRing:
    """Replaces the keys by what `changed` makes of them, at once and whole; one change at a time.

    Raises KeyFileError, and what `changed` raises; then nothing has changed.
    """
    try:
        with _locked(path):
            ring = changed(load(path))
            with durable(path, render(ring)) as temporary:
                temporary.replace(path)
    except OSError as error:
        raise _unmade(path, error) from None
    return ring


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """The folder is locked, for the file itself is replaced by each change."""
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _unmade(path: Path, error: OSError) -> KeyFileError:
    missing = not path.parent.is_dir()
    why = f"no folder {path.parent}" if missing else error.strerror or str(error)
    return KeyFileError(f"signing keys {path} can't be written: {why}")
