"""The people: simulated reviewers who know what became of each credit, take their time, and err now and then."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from enum import StrEnum

from credit_demo.applications import Application
from credit_demo.proposal import prediction

_MEDIAN_SECONDS = 90.0
_SPREAD = 0.6
_ERRORS = 0.03
_REJECTIONS = 0.2


class Say(StrEnum):
    """What a reviewer can say to a proposal."""

    APPROVE = "approve"
    REJECT = "reject"
    CORRECT = "correct"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One reviewer's answer. `seconds` is the time a person would take; `mistaken` is what only we know."""

    say: Say
    correction: dict[str, object] | None
    comment: str
    seconds: float
    mistaken: bool


def judge(application: Application, grant: bool, seed: int) -> Judgement:
    """What a simulated person says to a proposed grant or decline.

    The person goes by the recorded outcome, which no real reviewer knows, and takes it for its opposite in 3 of 100
    cases. The time is log-normal with a median of 90 s. The same seed and application give the same answer, whoever
    of the reviewers gets the task.
    """
    chance = random.Random(f"{seed}/{application.subject}")
    seconds = chance.lognormvariate(math.log(_MEDIAN_SECONDS), _SPREAD)
    mistaken = chance.random() < _ERRORS
    say, correction, comment = _answer(application, grant, application.repaid is not mistaken, chance.random())
    return Judgement(say, correction, comment, seconds, mistaken)


def _answer(
    application: Application, grant: bool, trusted: bool, draw: float
) -> tuple[Say, dict[str, object] | None, str]:
    if grant is trusted:
        return Say.APPROVE, None, ""
    if trusted:
        return Say.CORRECT, prediction(True, application.amount_dm), "Will be able to repay it."
    if draw < _REJECTIONS:
        return Say.REJECT, None, "Not on these terms: ask for securities first."
    return Say.CORRECT, prediction(False, application.amount_dm), "Will not be able to repay it."
