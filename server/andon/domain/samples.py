"""Verdicts as labelled samples, for those who train models."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from andon.domain.decision import Decision
from andon.domain.review import Review
from andon.domain.search import EVERYTHING, Scope


@dataclass(frozen=True, slots=True)
class Sample:
    """A verdict beside the decision it was about, as it stands now."""

    review: Review
    decision: Decision


class SampleOrder(StrEnum):
    """How samples are ordered."""

    SEQUENCE = "sequence"
    UNCERTAINTY = "uncertainty"


@dataclass(frozen=True, slots=True)
class SampleQuery:
    """Samples with `after < sequence <= until`. `offset` pages within that fixed range.

    `blind`: without verdicts that a quorum at work keeps from those who may still judge. `scope` bounds the actions,
    and the queues in which the verdicts were given.
    """

    limit: int
    after: int
    until: int
    action: str = ""
    order: SampleOrder = SampleOrder.SEQUENCE
    offset: int = 0
    blind: bool = False
    scope: Scope = EVERYTHING
