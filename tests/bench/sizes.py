"""How much each row does: `--quick` ends within two minutes, `--full` takes the design's own numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Sizes:
    """Counts of one run. `rounds` are interleaved pairs, of which the median ratio is reported."""

    name: str
    routings: int
    rounds: int
    calls: int
    single_calls: int
    batches: int
    releases: int
    waiters: int
    channels: int
    depths: tuple[int, ...]
    handouts: int
    reviewers: int
    tasks_each: int
    starts: int
    pages: int


QUICK: Final = Sizes(
    name="quick",
    routings=10_000,
    rounds=7,
    calls=1_000,
    single_calls=300,
    batches=8,
    releases=200,
    waiters=3_000,
    channels=30,
    depths=(1_000, 100_000),
    handouts=150,
    reviewers=200,
    tasks_each=4,
    starts=2,
    pages=15,
)
FULL: Final = Sizes(
    name="full",
    routings=100_000,
    rounds=11,
    calls=6_400,
    single_calls=2_000,
    batches=60,
    releases=1_000,
    waiters=50_000,
    channels=100,
    depths=(1_000, 100_000, 1_000_000),
    handouts=500,
    reviewers=1_000,
    tasks_each=5,
    starts=5,
    pages=60,
)
# For a smoke test: everything is there, nothing is worth reading.
TINY: Final = Sizes(
    name="tiny",
    routings=200,
    rounds=1,
    calls=64,
    single_calls=5,
    batches=1,
    releases=3,
    waiters=20,
    channels=2,
    depths=(100, 300),
    handouts=10,
    reviewers=3,
    tasks_each=2,
    starts=1,
    pages=2,
)
