"""What an answer carries is measured without parsing it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from andon.domain.canonical import Document
from andon.domain.decision import Outcome, Resolution
from andon.domain.samples import Sample
from andon.rpc.sizes import decision_size, job_size, sample_size
from andon.store.values import Job
from tests.builders import make_decision, make_proposal, make_task, make_verdict
from tests.clock import START


class Sealed(Document):
    """Canonical text that nobody may parse."""

    @property
    def value(self) -> dict[str, None]:
        raise AssertionError("parsed")


PROPOSAL = make_proposal(input=Sealed('{"a":1}'), prediction=Sealed('{"é":1}'), reasoning="why", extra={"x": 1})
DECISION = make_decision(PROPOSAL)
CORRECTED = Resolution(Outcome.CORRECTED, "rita", START, {"b": 22}, "so")


@pytest.mark.parametrize(("full", "size"), [(False, 7), (True, 7 + 7 + 8 + 3)])
def test_a_decision_is_as_large_as_what_its_view_shows(full: bool, size: int) -> None:
    assert decision_size(DECISION, full=full) == size
    assert decision_size(replace(DECISION, resolution=CORRECTED), full=full) == size + 8 + 2


def test_a_task_carries_its_schema_and_its_decision() -> None:
    task = make_task(DECISION, correction_schema={"type": "object"})
    assert job_size(Job(task, DECISION), full=False) == 17 + 7


def test_a_sample_carries_its_label_as_well() -> None:
    verdict = make_verdict(Job(make_task(DECISION), DECISION))
    assert sample_size(Sample(verdict.review, DECISION)) == 7 + 8 + 8 + 7 + 4
    corrected = replace(verdict.review, corrected_prediction={"b": 22})
    assert sample_size(Sample(corrected, DECISION)) == 7 + 8 + 8 + 7 + 4
