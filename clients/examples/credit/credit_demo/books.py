"""The books: what callers, reviewers and the server each say, and whether it is the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from credit_demo.office import Judgement
from credit_demo.proposal import Proposal


@dataclass(frozen=True, slots=True)
class Answer:
    """What one caller was told. `limit` and `grant` are what it then does; `released` is a monotonic time in s."""

    proposal: Proposal
    decision: str
    outcome: str
    grant: bool
    released: float


@dataclass(frozen=True, slots=True)
class Given:
    """A verdict as the reviewer gave it. `sent` is a monotonic time, `queue_wait` a span, both in seconds."""

    decision: str
    reviewer: str
    judgement: Judgement
    queue_wait: float
    sent: float


@dataclass(frozen=True, slots=True)
class Listed:
    """One decision as the server lists it. `span` is from its creation to its resolution, in seconds."""

    name: str
    outcome: str
    rules: tuple[str, ...]
    span: float


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a rule's cases were overridden, with the 95 % Wilson interval, as the server states it."""

    rule: str
    reviews: int
    overrides: int
    rate: float
    lower: float
    upper: float


@dataclass(slots=True)
class Books:
    """All that is known of a run.

    `asked` is the number of decisions to make. `answers` and `given` are kept by callers and reviewers; the rest is
    what the server says. `metrics` are sums over all labels by sample name, `ledger` counts entries by kind,
    `chain_faults` tells where its sequence or hashes do not follow each other.
    """

    asked: int
    answers: list[Answer] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    listed: list[Listed] = field(default_factory=list)
    rates: list[Rate] = field(default_factory=list)
    metrics: dict[str, float] = field(default_factory=dict)
    samples: list[dict[str, Any]] = field(default_factory=list)
    ledger: dict[str, int] = field(default_factory=dict)
    chain_faults: int = 0

    def faults(self) -> list[str]:
        """What does not add up, in words; empty where all does."""
        return [*self._callers(), *self._server(), *self._people(), *self._counters()]

    def _callers(self) -> Iterator[str]:
        yield from _same("callers with an answer", len(self.answers), "decisions to make", self.asked)
        yield from _same(
            "different decisions", len({answer.decision for answer in self.answers}), "callers", self.asked
        )
        unended = [answer.decision for answer in self.answers if answer.outcome not in _ENDS]
        if unended:
            yield f"{len(unended)} callers were told no end, first of {unended[0]}"

    def _server(self) -> Iterator[str]:
        told = {answer.decision: answer.outcome for answer in self.answers}
        listed = {decision.name: decision.outcome for decision in self.listed}
        yield from _same("decisions listed", len(self.listed), "callers with an answer", len(told))
        for name in sorted(told.keys() | listed.keys()):
            if told.get(name) != listed.get(name):
                yield f"{name}: its caller was told {told.get(name)}, the server lists {listed.get(name)}"

    def _people(self) -> Iterator[str]:
        said = {given.decision: given.judgement.say.name for given in self.given}
        labels = {str(sample["decision"]): str(sample["verdict"]).removeprefix("VERDICT_") for sample in self.samples}
        ended = {answer.decision: answer.outcome for answer in self.answers if answer.outcome in _PEOPLE}
        yield from _same("verdicts given", len(self.given), "decisions they ended", len(ended))
        yield from _same("samples exported", len(self.samples), "verdicts given", len(self.given))
        for name in sorted(said.keys() | labels.keys() | ended.keys()):
            outcome = _PEOPLE.get(ended.get(name, ""))
            if not said.get(name) == labels.get(name) == outcome:
                yield f"{name}: said {said.get(name)}, exported {labels.get(name)}, ended by {outcome}"

    def _counters(self) -> Iterator[str]:
        verdicts, decisions = len(self.given), len(self.answers)
        yield from _same("andon_decisions_total", self.metrics.get(DECISIONS, 0), "decisions", decisions)
        yield from _same("andon_reviews_total", self.metrics.get(REVIEWS, 0), "verdicts", verdicts)
        yield from _same("submissions in the ledger", self.ledger.get("decision.submitted", 0), "decisions", decisions)
        yield from _same("verdicts in the ledger", self.ledger.get("review.given", 0), "verdicts", verdicts)
        yield from _same("faults in the ledger's chain", self.chain_faults, "none", 0)
        changed = sum(given.judgement.say.name != "APPROVE" for given in self.given)
        exported = sum(bool(sample["override"]) for sample in self.samples)
        yield from _same("overrides exported", exported, "verdicts that change something", changed)
        yield from _same("andon_overrides_total", self.metrics.get(OVERRIDES, 0), "such verdicts", changed)


DECISIONS: Final = "andon_decisions_total"
REVIEWS: Final = "andon_reviews_total"
OVERRIDES: Final = "andon_overrides_total"
_PEOPLE: Final = {"APPROVED": "APPROVE", "REJECTED": "REJECT", "CORRECTED": "CORRECT"}
_ENDS: Final = frozenset({*_PEOPLE, "AUTO_APPROVED"})


def _same(what: str, count: float, other: str, expected: float) -> Iterator[str]:
    if count != expected:
        yield f"{what}: {count:g}, but {other}: {expected:g}"
