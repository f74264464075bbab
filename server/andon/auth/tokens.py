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
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from andon.auth.entries import TokenFileError, read_entries
from andon.domain.errors import CredentialsInvalid
from andon.domain.principal import Principal, Role
from andon.files import stamp

__all__ = ["TokenFile", "TokenFileError", "create_default", "fingerprint", "new_token"]

_TOKEN: Final = re.compile(r"andon_[A-Za-z0-9_-]{43,128}")
_HUMAN: Final = frozenset({Role.REVIEWER, Role.LEAD})
_HEAD: Final = """\
# Who may call. `sha256` is that of the whole token, in hexadecimal. Roles: submitter, reviewer, lead, auditor, admin.
# Reviewers and leads have `skills` and `queues`, `*` for all. `groups` are the teams one is in.
# A change is in force within a moment.
"""


class TokenFile:
    """The tokens in force. A change on disk that is broken leaves the last good ones in force.

    `fault` says why what is on disk is not in force; empty where it is. `warnings` are what else to mend.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = stamp(path)
        self._principals, self.warnings = _read(path)
        self.fault = ""

    @classmethod
    def load(cls, path: Path) -> TokenFile:
        """Reads the file. Raises TokenFileError with every fault, by line.

        Also where others than its owner may write it: they could let themselves in. That others may read it is a
        warning, since a digest lets nobody in.
        """
        return cls(path)

    def authenticate(self, token: str) -> Principal:
        """Whose token it is. CredentialsInvalid where it is malformed or nobody's.

        A dictionary's look-up takes a time that depends on the digest, but nobody can steer a digest towards a stored
        one without knowing its token, so the time tells nothing; the comparison that decides takes constant time.
        """
        if not _TOKEN.fullmatch(token):
            raise CredentialsInvalid
        presented = fingerprint(token)
        stored, principal = self._principals.get(presented, ("", None))
        if principal is None or not hmac.compare_digest(stored, presented):
            raise CredentialsInvalid
        return principal

    def current(self, principal: Principal) -> Principal | None:
        """Whose token it is by now that the principal came by; None where nobody's."""
        return self._principals.get(principal.credential, ("", None))[1]

    def step(self) -> bool:
        """Reads the file again if it has changed since the last look; True where it had, for better or worse."""
        now = stamp(self._path)
        if now == self._stamp:
            return False
        self._stamp = now
        try:
            self._principals, self.warnings = _read(self._path)
        except TokenFileError as error:
            self.fault = str(error)
        else:
            self.fault = ""
        return True


def new_token() -> str:
    """A fresh token: `andon_` and 256 random bits as 43 base64url characters."""
    return f"andon_{secrets.token_urlsafe(32)}"


def fingerprint(token: str) -> str:
    """What the file holds of a token: its SHA-256 in lower-case hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def create_default(path: Path) -> list[tuple[Principal, str]]:
    """Writes a file with one principal for each role and returns their tokens, which are kept nowhere else.

    All or nothing, with mode 0600. Raises FileExistsError where the file exists; it is never overwritten. Raises
    TokenFileError, naming the file, where it can't be made.
    """
    made = [(_default(role), new_token()) for role in Role]
    text = _HEAD + "".join(_entry(principal, fingerprint(token)) for principal, token in made)
    try:
        _write_once(path, text)
    except FileExistsError:
        raise
    except OSError as error:
        why = error.strerror or str(error)
        missing = not path.parent.is_dir()
        raise TokenFileError(
            (f"token file {path} can't be made: " + (f"no folder {path.parent}" if missing else why),)
        ) from None
    return made


def _write_once(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(temporary, path)
    finally:
        os.unlink(temporary)


def _read(path: Path) -> tuple[Mapping[str, tuple[str, Principal]], tuple[str, ...]]:
    """Digest and principal by digest, and warnings."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise TokenFileError((f"token file {path}: {error.strerror}",)) from None
    principals, idle = read_entries(path)
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise TokenFileError((f"{path}: others may write it\n  instead: chmod 600 {path}",))
    readable = (f"{path}: every user of this machine may read it; chmod 600 {path}",) if mode & stat.S_IROTH else ()
    found = {digest: (digest, replace(principal, credential=digest)) for digest, principal in principals.items()}
    return found, (*readable, *idle)


def _default(role: Role) -> Principal:
    everything = frozenset({"*"}) if role in _HUMAN else frozenset[str]()
    return Principal(role.value, frozenset({role}), everything, everything)


def _entry(principal: Principal, digest: str) -> str:
    rights = {"roles": principal.roles, "skills": principal.skills, "queues": principal.queues}
    lines = [f"  {key}: [{', '.join(map(_word, sorted(words)))}]\n" for key, words in rights.items() if words]
    return f"\n- principal: {principal.name}\n  sha256: {digest}\n{''.join(lines)}"


def _word(word: str) -> str:
    return '"*"' if word == "*" else word
