"""The token file: who may call, by the SHA-256 of a token each.

A token is 256 random bits, so one SHA-256 protects it as well as a slow password hash would, at a microsecond a call.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from andon.auth.entries import TokenEntry, TokenFileError, read_entries
from andon.auth.rights import HUMAN
from andon.auth.writing import HEAD, written
from andon.domain.clock import Clock, SystemClock
from andon.domain.errors import CredentialsInvalid
from andon.domain.principal import Principal, Role
from andon.files import durable, stamp

__all__ = ["TokenFile", "TokenFileError", "create_default", "fingerprint", "new_token"]

_TOKEN: Final = re.compile(r"andon_[A-Za-z0-9_-]{43,128}")


class TokenFile:
    """The tokens in force. A change on disk that is broken leaves the last good ones in force.

    `fault` says why what is on disk is not in force; empty where it is. `warnings` are what else to mend.
    """

    def __init__(self, path: Path, clock: Clock | None = None, *, optional: bool = False) -> None:
        self._path = path
        self._clock = clock or SystemClock()
        self._optional = optional
        self._stamp = stamp(path)
        self._found = self._read()
        self.fault = ""

    @classmethod
    def load(cls, path: Path, clock: Clock | None = None, *, optional: bool = False) -> TokenFile:
        """Reads the file. Raises TokenFileError with every fault, by line.

        Also where others than its owner may write it: they could let themselves in. That others may read it is a
        warning, since a digest lets nobody in. An `optional` file may be missing: then there are no tokens.
        """
        return cls(path, clock, optional=optional)

    @property
    def warnings(self) -> Sequence[str]:
        """What to mend in what is in force."""
        return self._found.warnings

    @property
    def entries(self) -> Sequence[TokenEntry]:
        """What is in force, in the file's order."""
        return tuple(self._found.entries.values())

    def authenticate(self, token: str) -> Principal:
        """Whose token it is. CredentialsInvalid where it is malformed, nobody's or expired.

        A dictionary's look-up takes a time that depends on the digest, but nobody can steer a digest towards a stored
        one without knowing its token, so the time tells nothing; the comparison that decides takes constant time.
        """
        if not _TOKEN.fullmatch(token):
            raise CredentialsInvalid
        presented = fingerprint(token)
        entry = self._found.entries.get(presented)
        if entry is None or not hmac.compare_digest(entry.digest, presented) or self._is_over(entry.principal):
            raise CredentialsInvalid
        return entry.principal

    def current(self, principal: Principal) -> Principal | None:
        """Whose token it is by now that the principal came by; None where nobody's, or it has expired."""
        entry = self._found.entries.get(principal.credential)
        return None if entry is None or self._is_over(entry.principal) else entry.principal

    def ended(self, since: int, now: int) -> bool:
        """Whether a token in force has expired after `since` and until `now` (µs)."""
        return any(since < until <= now for until in self._found.ends)

    def step(self) -> bool:
        """Reads the file again if it has changed since the last look; True where it had, for better or worse."""
        now = stamp(self._path)
        if now == self._stamp:
            return False
        self._stamp = now
        try:
            self._found = self._read()
        except TokenFileError as error:
            self.fault = str(error)
        else:
            self.fault = ""
        return True

    def _is_over(self, principal: Principal) -> bool:
        return principal.expire_time is not None and principal.expire_time <= self._clock.now()

    def _read(self) -> _Found:
        if self._optional and self._stamp is None and not self._path.is_symlink():
            return _Found({}, (), ())
        return _read(self._path)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a file holds: entries by digest, when some of them end, and what to mend."""

    entries: Mapping[str, TokenEntry]
    ends: Sequence[int]
    warnings: Sequence[str]


def new_token() -> str:
    """A fresh token: `andon_` and 256 random bits as 43 base64url characters."""
    return f"andon_{secrets.token_urlsafe(32)}"


def fingerprint(token: str) -> str:
    """What the file holds of a token: its SHA-256 in lower-case hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def safe(path: Path, fault: Callable[[tuple[str, ...]], Exception], what: str) -> Sequence[str]:
    """Warnings about who may read a file that says who may call. Raises `fault` where others may write it, or where
    it can't be seen.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise fault((f"{what} {path}: {error.strerror}",)) from None
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise fault((f"{path}: others may write it\n  instead: chmod 600 {path}",))
    return (f"{path}: every user of this machine may read it; chmod 600 {path}",) if mode & stat.S_IROTH else ()


def create_default(path: Path) -> list[tuple[Principal, str]]:
    """Writes a file with one principal for each role and returns their tokens, which are kept nowhere else.

    All or nothing, with mode 0600. Raises FileExistsError where the file exists; it is never overwritten. Raises
    TokenFileError, naming the file, where it can't be made.
    """
    made = [(_default(role), new_token()) for role in Role]
    text = HEAD + "".join(written(TokenEntry(fingerprint(token), principal)) for principal, token in made)
    try:
        with durable(path, text) as temporary:
            os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError as error:
        why = error.strerror or str(error)
        missing = not path.parent.is_dir()
        raise TokenFileError(
            (f"token file {path} can't be made: " + (f"no folder {path.parent}" if missing else why),)
        ) from None
    return made


def _read(path: Path) -> _Found:
    readable = safe(path, TokenFileError, "token file")
    found = read_entries(path)
    ends = tuple(until for entry in found.all if (until := entry.principal.expire_time) is not None)
    return _Found({entry.digest: entry for entry in found.all}, ends, (*readable, *found.warnings))


def _default(role: Role) -> Principal:
    everything = frozenset({"*"}) if role.value in HUMAN else frozenset[str]()
    return Principal(role.value, frozenset({role}), everything, everything)
