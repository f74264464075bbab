"""The policy set in force, and how it changes while the server runs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from andon.domain.clock import Clock, SystemClock
from andon.policy.environment import Environment
from andon.policy.faults import PolicyFault, PolicyFaults
from andon.policy.load import CompiledSet, load_policies, policy_files

Stamp: TypeAlias = tuple[tuple[str, int, int, int], ...]


class ReloadOutcome(StrEnum):
    """How a reload ended."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ReloadResult:
    """A reload's end. `revision` is the one in force after it; `faults` are those that refused the folder."""

    outcome: ReloadOutcome
    revision: str
    faults: tuple[PolicyFault, ...] = ()


class PolicyFolder:
    """Holds the compiled set of a folder. A broken folder leaves the last good set in force.

    Raises PolicyFaults at first if the folder can't be put in force at all.
    """

    def __init__(self, folder: Path, environment: Environment, clock: Clock | None = None) -> None:
        self._folder = folder
        self._environment = environment
        self._stamp = _stamp(folder)
        self._current = load_policies(folder, environment)
        self._clock = clock or SystemClock()
        self._since = self._clock.now()
        self._faults: tuple[PolicyFault, ...] = ()

    @property
    def folder(self) -> Path:
        """The folder that is watched."""
        return self._folder

    @property
    def current(self) -> CompiledSet:
        """The set in force."""
        return self._current

    @property
    def since(self) -> int:
        """When the set in force was taken (µs since the epoch): at the start, or at the reload that changed it."""
        return self._since

    @property
    def faults(self) -> tuple[PolicyFault, ...]:
        """Why the folder as it is now is not in force; empty where it is."""
        return self._faults

    def step(self) -> bool:
        """Reloads if a file's name, inode, size or modification time has changed since the last look.

        True where the set in force or the faults have changed by it.
        """
        if _stamp(self._folder) == self._stamp:
            return False
        before = (self._current, self._faults)
        self.reload()
        return before != (self._current, self._faults)

    def reload(self) -> ReloadResult:
        """Reads the folder anew. Never raises for what is in it."""
        self._stamp = _stamp(self._folder)
        try:
            fresh = load_policies(self._folder, self._environment)
        except PolicyFaults as error:
            self._faults = error.faults
            return ReloadResult(ReloadOutcome.REFUSED, self._current.revision, error.faults)
        self._faults = ()
        if fresh.revision == self._current.revision:
            return ReloadResult(ReloadOutcome.UNCHANGED, fresh.revision)
        self._current, self._since = fresh, self._clock.now()
        return ReloadResult(ReloadOutcome.CHANGED, fresh.revision)


def _stamp(folder: Path) -> Stamp:
    """What changes when a file does. It is taken before reading, so a change in between is seen at the next step."""
    try:
        return tuple(_file_stamp(path) for path in policy_files(folder))
    except PolicyFaults:
        return ()


def _file_stamp(path: Path) -> tuple[str, int, int, int]:
    try:
        status = path.stat()
    except OSError:
        return (path.name, 0, 0, 0)
    return (path.name, status.st_ino, status.st_size, status.st_mtime_ns)
