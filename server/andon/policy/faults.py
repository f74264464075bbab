"""What is wrong with a policy folder: where, why, and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class PolicyFault:
    """One fault. `line` and `column` count from 1; 0 where the fault is about the file or folder as a whole."""

    file: str
    line: int
    column: int
    message: str
    advice: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.message}" + (f"\n  instead: {self.advice}" if self.advice else "")


class PolicyFaults(Exception):
    """A folder that can't be put in force, with every fault in it, in the order of files and lines."""

    def __init__(self, faults: Iterable[PolicyFault]) -> None:
        self.faults: tuple[PolicyFault, ...] = tuple(sorted(set(faults)))
        super().__init__("\n".join(map(str, self.faults)))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The known word nearest to one that is not known; empty where none is near."""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return near[0] if near else ""


def one_of(words: Sequence[str]) -> str:
    """`a, b or c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
